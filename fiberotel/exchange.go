package fiberotel

import (
	"errors"
	"runtime"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// exchange ends when fasthttp is done with the request: it closes those of the
// user values that are closers once the answer is written, or cannot be. Until
// then Fiber's error handler may still decide the status, and a stream writer
// the body.
type exchange struct {
	*httpserver.Exchange
	server      *fasthttp.RequestCtx
	requestSize int64
}

// closerKey is the exchange's place among the user values.
type closerKey struct{}

// returned is called when the handlers have returned err.
func (x *exchange) returned(err error, o httpserver.Outcome) {
	switch timedOut := x.server.LastTimeoutErrorResponse(); {
	case x.Nested():
		x.End(o)
	case timedOut != nil:
		// That is the answer now, and fasthttp abandons the user values.
		x.end(o, timedOut)
	case x.server.Hijacked() && err == nil:
		x.tookOver(o)
	case x.server.ConnRequestNum() > 0:
		x.later(o)
	case err == nil:
		// Nothing serves the request, as when a test or an adaptor calls the
		// app's handler, so nobody will close the user values.
		x.end(o, &x.server.Response)
	default:
		o.Status, o.RequestSize, o.ResponseSize = statusOf(err), x.requestSize, httpserver.UnknownSize
		x.End(o)
	}
}

// interrupted is called when a handler has panicked, or has ended its
// goroutine. Where something is left that can recover, it will answer.
func (x *exchange) interrupted(o httpserver.Outcome) {
	if o.Panic != nil && !x.Nested() && x.server.ConnRequestNum() > 0 && !unrecovered() {
		x.later(o)
		return
	}
	o.RequestSize = x.requestSize
	x.End(o)
}

// tookOver ends an exchange whose connection the handler takes over, because
// what comes after the answer is not HTTP and may last for days. A status of
// 200 is then nobody's choice, unless the method is CONNECT: the handler writes
// the answer itself, to switch protocols.
func (x *exchange) tookOver(o httpserver.Outcome) {
	response := &x.server.Response
	if x.server.IsConnect() {
		x.end(o, response)
		return
	}
	if status := response.StatusCode(); status != fiber.StatusOK {
		o.Status = status
	}
	o.Hijacked = true
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.UnknownSize
	o.Header = (*responseHeader)(&response.Header)
	x.End(o)
}

// later leaves the end to Close.
func (x *exchange) later(o httpserver.Outcome) {
	x.Note(o)
	x.server.SetUserValue(closerKey{}, x)
}

// Close implements io.Closer for fasthttp.
func (x *exchange) Close() error {
	x.end(httpserver.Outcome{}, &x.server.Response)
	return nil
}

// end completes o with the response that the client gets.
func (x *exchange) end(o httpserver.Outcome, response *fasthttp.Response) {
	o.Status = response.StatusCode()
	o.RequestSize = x.requestSize
	o.ResponseSize = responseSize(response)
	o.Header = (*responseHeader)(&response.Header)
	x.End(o)
}

// statusOf is the status that Fiber's own error handler gives to err.
func statusOf(err error) int {
	if e := (*fiber.Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return fiber.StatusInternalServerError
}

// unrecovered tells, while the goroutine panics, whether nothing that could
// recover stands between the middleware and the server: the process then dies,
// and no one closes the user values.
func unrecovered() bool {
	callers := make([]uintptr, 1024)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	below := []string{
		"github.com/samespan/samespan/fiberotel.(*middleware).handle",
		"github.com/gofiber/fiber/v2.(*App).next",
		"github.com/gofiber/fiber/v2.(*App).handler",
		"github.com/valyala/fasthttp.(*Server).serveConn",
	}
	for more, seen := true, 0; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if frame.Function != below[seen] {
			seen = 0
		}
		if frame.Function == below[seen] {
			seen++
		}
		if seen == len(below) {
			return true
		}
	}
	return false
}
