package fasthttpotel

import (
	"fmt"

	"github.com/samespan/samespan/core/httpserver"
)

// If code further out recovers a panic, that code also responds, and Close ends the
// exchange with the status of the response. If no code recovers the panic, the process
// ends and Close is never called. The two cases cannot be distinguished while the
// goroutine panics. But a process that ends prints the chain of panics, and calls String
// on values that implement fmt.Stringer.

// unrecoveredPanic is a panic value that is printed only if the process ends because of
// the panic. In that case, the request gets no response.
type unrecoveredPanic struct{ exchange *Exchange }

var _ fmt.Stringer = (*unrecoveredPanic)(nil)

// String ends the exchange.
func (w *unrecoveredPanic) String() string {
	// A panic here would hide the handler's.
	defer func() { _ = recover() }()
	w.exchange.endCutOff(httpserver.Outcome{})
	return "fiberotel: nothing recovered the panic, so the request's span was ended without a status"
}

// panicBeneath panics with value after an earlier panic with printed. If no code recovers
// the panic, the whole chain is printed, including printed.
func panicBeneath(value any, printed *unrecoveredPanic) {
	defer func() {
		_ = recover()
		panic(value)
	}()
	panic(printed)
}
