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

// unrecoveredPanic is a panic value that is printed only if the process ends because
// of the panic: then nothing answers the request.
type unrecoveredPanic struct{ exchange *Exchange }

var _ fmt.Stringer = (*unrecoveredPanic)(nil)

// String ends the exchange.
func (w *unrecoveredPanic) String() string {
	// A panic here would hide the handler's.
	defer func() { _ = recover() }()
	w.exchange.endCutOff(httpserver.Outcome{})
	return "fiberotel: nothing recovered the panic, so the request's span was ended without a status"
}

// panicBeneath panics with value, with printed as an earlier panic in the chain
// that is printed if nothing recovers it.
func panicBeneath(value any, printed *unrecoveredPanic) {
	defer func() {
		_ = recover()
		panic(value)
	}()
	panic(printed)
}
