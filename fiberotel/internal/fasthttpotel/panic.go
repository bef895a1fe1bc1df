package fasthttpotel

import (
	"fmt"

	"github.com/samespan/samespan/core/httpserver"
)

// The code in this file ends the exchange if no code recovers a panic. If outer code
// recovers the panic, that code also responds, and Close ends the exchange with the status
// of the response. If no code recovers it, the process ends and Close is never called. A
// deferred function cannot distinguish the two cases. But a process that ends because of a
// panic prints all panics of the goroutine. To print a value that implements fmt.Stringer,
// it calls String. Therefore, the String method of unrecoveredPanic ends the exchange.

// unrecoveredPanic is a panic value. Its String is called only if no code recovers the
// panic, in which case the client receives no response.
type unrecoveredPanic struct {
	// exchange is the exchange of the request whose handler has panicked.
	exchange *Exchange
}

var _ fmt.Stringer = (*unrecoveredPanic)(nil)

// String ends the exchange without a response.
func (p *unrecoveredPanic) String() string {
	// A panic here would hide the handler's panic.
	defer func() { _ = recover() }()
	p.exchange.endWithoutResponse(httpserver.Outcome{})
	return "fiberotel: nothing recovered the panic, so the request's span was ended without a status"
}

// panicAndPrint panics with printed and then, in a deferred function, with value. Code that
// recovers the panic receives value. If no code recovers it, the process prints both.
func panicAndPrint(value any, printed *unrecoveredPanic) {
	defer func() {
		_ = recover()
		panic(value)
	}()
	panic(printed)
}
