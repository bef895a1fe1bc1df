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
		// What has been set for the client now is what it gets, and fasthttp
		// abandons the request's values.
		x.Note(o)
		x.end(timedOut)
	case x.server.Hijacked() && err == nil:
		// What comes after the answer is not HTTP, and may last for days. An
		// answer that is not one to CONNECT switches protocols, whether
		// fasthttp writes it or the handler that takes the connection over.
		x.Note(o)
		x.finish(httpserver.Outcome{
			Status:       x.server.Response.StatusCode(),
			ResponseSize: httpserver.UnknownSize,
			Hijacked:     !x.server.IsConnect(),
			Header:       (*responseHeader)(&x.server.Response.Header),
		})
	case x.server.ConnRequestNum() > 0:
		x.Note(o)
		x.server.SetUserValue(closerKey{}, x)
	case err == nil:
		// Nothing serves the request, as when a test or an adaptor calls the
		// app's handler, so nobody will close its values.
		x.Note(o)
		x.end(&x.server.Response)
	default:
		x.Note(o)
		x.finish(httpserver.Outcome{Status: statusOf(err), ResponseSize: httpserver.UnknownSize})
	}
}

// interrupted is called when a handler has panicked, or has ended its goroutine.
func (x *exchange) interrupted(o httpserver.Outcome) {
	if x.Nested() {
		x.End(o)
		return
	}
	x.Note(o)
	if o.Panic != nil && x.server.ConnRequestNum() > 0 && !unrecovered() {
		// What recovers will answer.
		x.server.SetUserValue(closerKey{}, x)
		return
	}
	x.finish(httpserver.Outcome{ResponseSize: httpserver.UnknownSize, Panic: o.Panic})
}

// Close is called by fasthttp when it is done with the request.
func (x *exchange) Close() error {
	x.end(&x.server.Response)
	return nil
}

// end ends the exchange with the response as it was written.
func (x *exchange) end(response *fasthttp.Response) {
	x.finish(httpserver.Outcome{
		Status:       response.StatusCode(),
		ResponseSize: responseSize(response),
		Header:       (*responseHeader)(&response.Header),
	})
}

func (x *exchange) finish(o httpserver.Outcome) {
	o.RequestSize = x.requestSize
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
		"github.com/samespan/samespan/fiberotel.Middleware.func1",
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
