package fasthttpotel

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

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
	id          uint64
	requestSize httpserver.Size
	// written is what has been written to the connection, nil where that is not
	// known, and before how many bytes of it are of earlier exchanges.
	written *written
	before  int64
	// returned is when the handlers did, where that is the end of the exchange.
	returned time.Time
	// detached says that the handlers may run in a goroutine of their own, noted
	// that they have returned, and closed that Close was called before.
	detached      bool
	noted, closed atomic.Bool
	// over is for the first that ends an exchange whose connection is taken over.
	over sync.Once
}

// patience is how long fasthttp may take to close the user values of a request
// whose connection is taken over.
const patience = time.Second

// Follow returns exchange as one that ends with server's, or nil where there is
// nothing to observe. It is called before the handlers, which may read the body
// away.
func Follow(exchange *httpserver.Exchange, server *fasthttp.RequestCtx) *Exchange {
	if exchange.Nested() {
		exchange.Relate(relation(exchange.Outer(), server))
	}
	if !exchange.Observed() {
		return nil
	}
	x := &Exchange{Exchange: exchange, server: server, id: server.ID(), requestSize: requestSize(&server.Request)}
	if x.written = writtenTo(server); x.written != nil {
		x.before = x.written.bytes.Load()
	}
	exchange.Identify(x)
	return x
}

// Detach is called before the handlers where they may run in a goroutine of their
// own, while something further out answers the request when their time is over.
func (x *Exchange) Detach() {
	if x.Nested() || !x.Served() {
		return
	}
	x.detached = true
	x.server.SetUserValue(closerKey{}, x)
}

// relation returns what server's request is to the one whose exchange is open.
func relation(outer any, server *fasthttp.RequestCtx) httpserver.Relation {
	x, ok := outer.(*Exchange)
	switch {
	case !ok:
		return httpserver.PresumedRequest
	case x.Of(server):
		return httpserver.SameRequest
	default:
		return httpserver.SubRequest
	}
}

// closerKey is the exchange's place among the user values.
type closerKey struct{}

// Served tells whether fasthttp's server serves the request, and will close the
// user values. It does not where a test or an adaptor calls the app's handler.
func (x *Exchange) Served() bool { return x.server.ConnRequestNum() > 0 }

// Of tells whether server is still the exchange's request, and has not been
// given to another.
func (x *Exchange) Of(server *fasthttp.RequestCtx) bool {
	return server == x.server && server.ID() == x.id
}

// Returned is called when the handlers have returned. failed says that they have
// returned an error, to which the framework has not answered yet, and o.ErrorType
// is then that of the error, "" for one that is the client's fault.
func (x *Exchange) Returned(o httpserver.Outcome, failed bool) {
	errorType := o.ErrorType
	o.ErrorType = ""
	switch {
	case x.Nested():
		x.End(o)
	case !x.Of(x.server):
		x.unseen(o)
	case !x.detached && x.server.LastTimeoutErrorResponse() != nil:
		// That is the answer now, and fasthttp abandons the user values.
		x.end(o, x.server.LastTimeoutErrorResponse())
	case x.server.Hijacked():
		x.tookOver(o, failed, errorType)
	case x.Served():
		x.later(o)
	case failed:
		x.unseen(o)
	default:
		x.end(o, &x.server.Response)
	}
}

// Interrupted is called in place of Returned, by a deferred function, when a
// handler has panicked with o.Panic or has ended its goroutine. It goes on with
// the panic.
func (x *Exchange) Interrupted(o httpserver.Outcome) {
	switch {
	case x.Nested():
		x.End(o)
	case o.Panic == nil:
		// fasthttp does not survive that on the connection.
		x.cutOff(o)
	case !x.Served() || !x.Of(x.server):
		x.unseen(o)
	case !x.detached && x.server.LastTimeoutErrorResponse() != nil:
		x.end(o, x.server.LastTimeoutErrorResponse())
	default:
		x.later(o)
		panicBeneath(o.Panic, &lastWords{x})
	}
	if o.Panic != nil {
		panic(o.Panic)
	}
}

// Abandoned is called in place of Returned and Interrupted where something
// further out, in another goroutine, has answered in the meantime. It goes on
// with a panic.
func (x *Exchange) Abandoned(o httpserver.Outcome) {
	if x.Nested() {
		x.End(o)
	} else {
		x.unseen(o)
	}
	if o.Panic != nil {
		panic(o.Panic)
	}
}

// unseen ends an exchange whose answer comes from elsewhere.
func (x *Exchange) unseen(o httpserver.Outcome) {
	o.Status = httpserver.UnknownStatus
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	x.End(o)
}

// cutOff ends an exchange that gets no answer.
func (x *Exchange) cutOff(o httpserver.Outcome) {
	o.Status, o.Aborted = 0, httpserver.AbortedByServer
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	x.End(o)
}

// tookOver ends an exchange whose connection the handler takes over, because
// what comes after the answer is not HTTP and may last for days. Where the
// handler writes the answer itself, to switch protocols, as the client has asked
// for with Upgrade, it leaves the response as it is.
func (x *Exchange) tookOver(o httpserver.Outcome, failed bool, errorType string) {
	response := &x.server.Response
	status := response.StatusCode()
	switch {
	case failed:
	case status == fasthttp.StatusSwitchingProtocols, status == fasthttp.StatusOK && x.server.IsConnect():
		o.Status, o.Hijacked = status, status != fasthttp.StatusOK
		x.endTakenOver(o)
		return
	case x.isUntouched() && len(x.server.Request.Header.Peek(fasthttp.HeaderUpgrade)) > 0:
		o.Hijacked = true
		x.endTakenOver(o)
		return
	}
	// Only the written response tells: fasthttp does not say whether it will
	// write it, which HijackSetNoResponse decides. Where it has written it and is
	// to close the connection, as a client may ask, or could not write it, it
	// forgets the hijacking and the user values with it. The response must not be
	// read then: nothing tells that fasthttp is done with it. What is known now says
	// whether it was a failure, which a client must not be able to hide.
	if !failed && status >= fasthttp.StatusInternalServerError {
		errorType = strconv.Itoa(status)
	}
	x.returned = time.Now()
	x.later(o)
	time.AfterFunc(patience, func() {
		x.over.Do(func() { x.unseen(httpserver.Outcome{Ended: x.returned, ErrorType: errorType}) })
	})
}

// endTakenOver completes o for a connection that was taken over.
func (x *Exchange) endTakenOver(o httpserver.Outcome) {
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	o.Header = (*responseHeader)(&x.server.Response.Header)
	x.End(o)
}

// isUntouched tells whether the response is one that no handler has filled in.
func (x *Exchange) isUntouched() bool {
	response := &x.server.Response
	return response.StatusCode() == fasthttp.StatusOK && !response.IsBodyStream() && len(response.Body()) == 0
}

// later leaves the end to Close.
func (x *Exchange) later(o httpserver.Outcome) {
	x.HandlersReturned(o)
	x.noted.Store(true)
	if !x.detached || x.closed.Load() {
		x.server.SetUserValue(closerKey{}, x)
	}
}

// Close implements io.Closer for fasthttp.
func (x *Exchange) Close() error {
	if !x.noted.Load() {
		// A handler has cleared the user values.
		x.closed.Store(true)
		return nil
	}
	x.over.Do(x.close)
	return nil
}

func (x *Exchange) close() {
	o := httpserver.Outcome{Ended: x.returned}
	if x.returned.IsZero() || isWritten(&x.server.Response) {
		x.endWritten(o)
		return
	}
	// The handler has written to the connection by itself.
	if len(x.server.Request.Header.Peek(fasthttp.HeaderUpgrade)) > 0 {
		o.Hijacked = true
	} else {
		o.Status = httpserver.UnknownStatus
	}
	x.endTakenOver(o)
}

// endWritten ends the exchange with the response as far as it went out.
func (x *Exchange) endWritten(o httpserver.Outcome) {
	abort, nothing := x.aborted()
	if abort == httpserver.NotAborted {
		x.end(o, &x.server.Response)
		return
	}
	o.Aborted = abort
	if !nothing {
		o.Status = x.server.Response.StatusCode()
	}
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	o.Header = (*responseHeader)(&x.server.Response.Header)
	x.End(o)
}

// end completes o with the response that the client gets.
func (x *Exchange) end(o httpserver.Outcome, response *fasthttp.Response) {
	o.Status = response.StatusCode()
	o.RequestSize = x.requestSize
	o.ResponseSize = responseSize(response)
	o.Header = (*responseHeader)(&response.Header)
	x.End(o)
}

// isWritten tells whether fasthttp has written a response whose status allows a
// body: that leaves its length in the header.
func isWritten(response *fasthttp.Response) bool {
	return response.Header.ContentLength() != 0 || len(response.Header.Peek(fasthttp.HeaderContentLength)) > 0
}
