package fasthttpotel

import (
	"fmt"

	"github.com/samespan/samespan/core/httpserver"
)

// If something further out recovers a panic, it answers there, and Close ends
// the exchange with that status. If nothing recovers it, the process ends and
// Close is never called. The two cases cannot be distinguished while the
// goroutine panics, but a process that ends prints the chain of panics and
// calls String on those that implement fmt.Stringer.

// lastWords is a panic value that is printed only if the process ends because
// of the panic: then nothing answers the request.
type lastWords struct{ exchange *Exchange }

var _ fmt.Stringer = (*lastWords)(nil)

// String ends the exchange.
func (w *lastWords) String() string {
	// A panic here would hide the handler's.
	defer func() { _ = recover() }()
	w.exchange.cutOff(httpserver.Outcome{})
	return "fiberotel: nothing recovered the panic, so the request's span was ended without a status"
}

// panicBeneath panics with value, with words as an earlier panic in the chain
// that is printed if nothing recovers it.
func panicBeneath(value any, words *lastWords) {
	defer func() {
		_ = recover()
		panic(value)
	}()
	panic(words)
}
