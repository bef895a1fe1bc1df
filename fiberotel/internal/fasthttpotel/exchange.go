package fasthttpotel

import (
	"runtime"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// Exchange ends when fasthttp is done with the request: it closes those of the
// user values that are closers once the answer is written, or cannot be. Until
// then the framework's error handler may still decide the status, and a stream
// writer the body.
type Exchange struct {
	*httpserver.Exchange
	server      *fasthttp.RequestCtx
	requestSize int64
}

// Follow returns exchange as one that ends with server's. It is called before
// the handlers, which may read the body away.
func Follow(exchange *httpserver.Exchange, server *fasthttp.RequestCtx) *Exchange {
	return &Exchange{Exchange: exchange, server: server, requestSize: requestSize(&server.Request)}
}

// closerKey is the exchange's place among the user values.
type closerKey struct{}

// Returned is called when the handlers have returned. A status other than 0 is
// the one of the error that they returned, as the framework maps it by default:
// it counts where nothing serves the request.
func (x *Exchange) Returned(o httpserver.Outcome, status int) {
	switch timedOut := x.server.LastTimeoutErrorResponse(); {
	case x.Nested():
		x.End(o)
	case timedOut != nil:
		// That is the answer now, and fasthttp abandons the user values.
		x.end(o, timedOut)
	case x.server.Hijacked() && status == 0:
		x.tookOver(o)
	case x.server.ConnRequestNum() > 0:
		x.later(o)
	case status == 0:
		// Nothing serves the request, as when a test or an adaptor calls the
		// app's handler, so nobody will close the user values.
		x.end(o, &x.server.Response)
	default:
		o.Status, o.RequestSize, o.ResponseSize = status, x.requestSize, httpserver.UnknownSize
		x.End(o)
	}
}

// Interrupted is called when a handler has panicked, or has ended its
// goroutine. Where something is left that can recover, it will answer. bare are
// the functions, innermost first, that stand between the adapter and the server
// where nothing does.
func (x *Exchange) Interrupted(o httpserver.Outcome, bare ...string) {
	if o.Panic != nil && !x.Nested() && x.server.ConnRequestNum() > 0 && !calledThrough(bare) {
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
func (x *Exchange) tookOver(o httpserver.Outcome) {
	response := &x.server.Response
	if x.server.IsConnect() {
		x.end(o, response)
		return
	}
	if status := response.StatusCode(); status != fasthttp.StatusOK {
		o.Status = status
	}
	o.Hijacked = true
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.UnknownSize
	o.Header = (*responseHeader)(&response.Header)
	x.End(o)
}

// later leaves the end to Close.
func (x *Exchange) later(o httpserver.Outcome) {
	x.Note(o)
	x.server.SetUserValue(closerKey{}, x)
}

// Close implements io.Closer for fasthttp.
func (x *Exchange) Close() error {
	x.end(httpserver.Outcome{}, &x.server.Response)
	return nil
}

// end completes o with the response that the client gets.
func (x *Exchange) end(o httpserver.Outcome, response *fasthttp.Response) {
	o.Status = response.StatusCode()
	o.RequestSize = x.requestSize
	o.ResponseSize = responseSize(response)
	o.Header = (*responseHeader)(&response.Header)
	x.End(o)
}

// calledThrough tells whether fasthttp's server has called these functions and
// no other between them, the innermost first. While the goroutine panics with
// nothing there that could recover, the process is about to die, and no one
// closes the user values.
func calledThrough(functions []string) bool {
	callers := make([]uintptr, 1024)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	var stack strings.Builder
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		stack.WriteString(frame.Function + "\n")
	}
	return strings.Contains(stack.String(), strings.Join(functions, "\n")+"\ngithub.com/valyala/fasthttp.(*Server).serveConn\n")
}
