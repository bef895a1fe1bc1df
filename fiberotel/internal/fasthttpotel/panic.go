package fasthttpotel

import (
	"fmt"

	"github.com/samespan/samespan/core/httpserver"
)

// A panic that something further out recovers is answered there, and Close ends
// the exchange with the status of that answer. One that nothing recovers ends
// the process, and Close is never called. Nothing tells the two apart while the
// goroutine panics, but a process that ends prints the panics that led to it,
// and asks those that are a fmt.Stringer for their text.

// lastWords is printed when the process ends with the panic that it stands
// beneath: then nothing answers the request.
type lastWords struct{ exchange *Exchange }

var _ fmt.Stringer = (*lastWords)(nil)

// String ends the exchange.
func (w *lastWords) String() string {
	// A panic in here would hide the handler's.
	defer func() { _ = recover() }()
	w.exchange.cutOff(httpserver.Outcome{})
	return "fiberotel: nothing recovered the panic, so the request's span was ended without a status"
}

// panicBeneath panics with value, with words below it among the panics that are
// printed when nothing recovers it.
func panicBeneath(value any, words *lastWords) {
	defer func() {
		_ = recover()
		panic(value)
	}()
	panic(words)
}
