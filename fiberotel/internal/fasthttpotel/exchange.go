package fasthttpotel

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// Exchange is an exchange that ends when fasthttp is done with the request. Until then,
// the framework's error handler may change the status, and a stream writer the body. The
// end is detected because fasthttp closes user values that implement io.Closer when the
// response was written or has failed.
type Exchange struct {
	*httpserver.Exchange
	server      *fasthttp.RequestCtx
	id          uint64
	requestSize httpserver.Size
	// written counts the bytes written to the connection. It is nil if they are not
	// counted. bytesBefore is the number of bytes that belong to earlier exchanges.
	written     *writeCount
	bytesBefore int64
	// pendingHijack is set if the handlers may have hijacked the connection.
	pendingHijack *pendingHijack
	// detached is set if the handlers may run in a separate goroutine. handlersReturned
	// is set if they have returned, and closed if Close was called before that.
	detached                 bool
	handlersReturned, closed atomic.Bool
}

// pendingHijack holds the state at the return of the handlers, if they may have hijacked
// the connection.
type pendingHijack struct {
	// handlersReturned is the time at which the handlers returned. The exchange ends at
	// that time.
	handlersReturned time.Time
	// once ensures that the exchange ends only once.
	once sync.Once
}

// hijackTimeout is how long fasthttp may take to close the user values of a hijacked
// request.
const hijackTimeout = time.Second

// Follow returns an Exchange that ends with server's request. It returns nil if the
// request is not recorded. Call it before the handlers, which may consume the body.
func Follow(exchange *httpserver.Exchange, server *fasthttp.RequestCtx) *Exchange {
	if !exchange.Observed() {
		return nil
	}
	return follow(exchange, server)
}

func follow(exchange *httpserver.Exchange, server *fasthttp.RequestCtx) *Exchange {
	if exchange.Nested() {
		exchange.Relate(relation(exchange.Outer(), server))
		if !exchange.Observed() {
			return nil
		}
	}
	x := &Exchange{Exchange: exchange, server: server, id: server.ID(), requestSize: requestSize(&server.Request)}
	if x.written = writeCountOf(server); x.written != nil {
		x.bytesBefore = x.written.bytes.Load()
	}
	exchange.Identify(x)
	return x
}

// Detach must be called before the handlers if they may run in a separate goroutine while
// code further out responds on a timeout.
func (x *Exchange) Detach() {
	if x.Nested() || !x.Served() {
		return
	}
	x.detached = true
	x.server.SetUserValue(exchangeKey{}, x)
}

// relation returns the relation of server's request to the request of the open exchange.
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

// exchangeKey is the key of the exchange in the user values. fasthttp closes the user
// values at the end of the request.
type exchangeKey struct{}

// Served reports whether fasthttp's server serves the request and will close the user
// values. It does not if a test or an adaptor calls the app's handler directly.
func (x *Exchange) Served() bool { return x.server.ConnRequestNum() > 0 }

// Of reports whether server still belongs to the exchange's request, that is, whether it
// was not reused for another request.
func (x *Exchange) Of(server *fasthttp.RequestCtx) bool {
	return server == x.server && server.ID() == x.id
}

// Returned must be called when the handlers have returned. failed is set if they returned
// an error that the framework has not responded to yet. o.ErrorType is then the type of
// the error, or "" for a client error.
func (x *Exchange) Returned(o httpserver.Outcome, failed bool) {
	errorType := o.ErrorType
	o.ErrorType = ""
	switch {
	case x.Nested():
		x.End(o)
	case !x.Of(x.server):
		x.endUnobserved(o)
	case !x.detached && x.server.LastTimeoutErrorResponse() != nil:
		// The timeout response is sent instead, and fasthttp abandons the user values.
		x.end(o, x.server.LastTimeoutErrorResponse())
	case x.server.Hijacked():
		x.endHijacked(o, failed, errorType)
	case x.Served():
		x.endOnClose(o)
	case failed:
		x.endUnobserved(o)
	default:
		x.end(o, &x.server.Response)
	}
}

// Interrupted must be called instead of Returned, by a deferred function, when
// a handler has panicked with o.Panic or ended its goroutine. It continues the
// panic.
func (x *Exchange) Interrupted(o httpserver.Outcome) {
	switch {
	case x.Nested():
		x.End(o)
	case o.Panic == nil:
		// fasthttp closes the connection after the goroutine has ended.
		x.endCutOff(o)
	case !x.Served() || !x.Of(x.server):
		x.endUnobserved(o)
	case !x.detached && x.server.LastTimeoutErrorResponse() != nil:
		x.end(o, x.server.LastTimeoutErrorResponse())
	default:
		x.endOnClose(o)
		panicBeneath(o.Panic, &unrecoveredPanic{x})
	}
	if o.Panic != nil {
		panic(o.Panic)
	}
}

// Abandoned must be called in place of Returned and Interrupted if code further out, in
// another goroutine, has already responded. It continues a panic.
func (x *Exchange) Abandoned(o httpserver.Outcome) {
	if x.Nested() {
		x.End(o)
	} else {
		x.endUnobserved(o)
	}
	if o.Panic != nil {
		panic(o.Panic)
	}
}

// endUnobserved ends an exchange whose response is written elsewhere.
func (x *Exchange) endUnobserved(o httpserver.Outcome) {
	o.Status = httpserver.UnknownStatus
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	x.End(o)
}

// endCutOff ends an exchange without a response.
func (x *Exchange) endCutOff(o httpserver.Outcome) {
	o.Status, o.Aborted = 0, httpserver.AbortedByServer
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	x.End(o)
}

// endHijacked ends an exchange whose connection the handler hijacks. The exchange ends
// now because the data that follows the response is not HTTP and may last for days. If
// the handler writes the response itself, as for a requested Upgrade, it leaves
// fasthttp's response untouched.
func (x *Exchange) endHijacked(o httpserver.Outcome, failed bool, errorType string) {
	response := &x.server.Response
	status := response.StatusCode()
	switch {
	case failed:
	case status == fasthttp.StatusSwitchingProtocols, status == fasthttp.StatusOK && x.server.IsConnect():
		o.Status, o.Hijacked = status, status != fasthttp.StatusOK
		x.endWithoutBody(o)
		return
	case x.isUntouched() && len(x.server.Request.Header.Peek(fasthttp.HeaderUpgrade)) > 0:
		o.Hijacked = true
		x.endWithoutBody(o)
		return
	}
	// fasthttp does not expose HijackSetNoResponse, so it is known only when the response
	// is written whether the connection is hijacked. If fasthttp closes the connection,
	// as a client may request, it drops the hijacking and the user values, and may still
	// use the response, which must not be read at that time. So decide now whether the
	// response is a failure: a client must not be able to hide one.
	if !failed && status >= fasthttp.StatusInternalServerError {
		errorType = strconv.Itoa(status)
	}
	taken := &pendingHijack{handlersReturned: time.Now()}
	x.pendingHijack = taken
	x.endOnClose(o)
	time.AfterFunc(hijackTimeout, func() {
		taken.once.Do(func() { x.endUnobserved(httpserver.Outcome{Ended: taken.handlersReturned, ErrorType: errorType}) })
	})
}

// endWithoutBody ends the exchange of a hijacked connection, which has no body.
func (x *Exchange) endWithoutBody(o httpserver.Outcome) {
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	o.Header = (*responseHeader)(&x.server.Response.Header)
	x.End(o)
}

// isUntouched reports whether no handler has changed the response.
func (x *Exchange) isUntouched() bool {
	response := &x.server.Response
	return response.StatusCode() == fasthttp.StatusOK && !response.IsBodyStream() && len(response.Body()) == 0
}

// endOnClose passes o to the engine and lets Close end the exchange.
func (x *Exchange) endOnClose(o httpserver.Outcome) {
	x.HandlersReturned(o)
	x.handlersReturned.Store(true)
	if !x.detached || x.closed.Load() {
		x.server.SetUserValue(exchangeKey{}, x)
	}
}

// Close implements io.Closer for fasthttp.
func (x *Exchange) Close() error {
	if !x.handlersReturned.Load() {
		// A handler has cleared the user values, which closes them before the handlers
		// return.
		x.closed.Store(true)
		return nil
	}
	if x.pendingHijack == nil {
		x.endWritten(httpserver.Outcome{})
	} else {
		x.pendingHijack.once.Do(x.endPendingHijack)
	}
	return nil
}

// endPendingHijack ends the exchange of a connection that the handlers may have hijacked.
func (x *Exchange) endPendingHijack() {
	o := httpserver.Outcome{Ended: x.pendingHijack.handlersReturned}
	if isWritten(&x.server.Response) {
		x.endWritten(o)
		return
	}
	// The handler has written to the connection itself.
	if len(x.server.Request.Header.Peek(fasthttp.HeaderUpgrade)) > 0 {
		o.Hijacked = true
	} else {
		o.Status = httpserver.UnknownStatus
	}
	x.endWithoutBody(o)
}

// endWritten ends the exchange with the part of the response that was sent.
func (x *Exchange) endWritten(o httpserver.Outcome) {
	abort, nothing := x.abortReason()
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

// end ends the exchange. It completes o with the response that the client receives.
func (x *Exchange) end(o httpserver.Outcome, response *fasthttp.Response) {
	o.Status = response.StatusCode()
	o.RequestSize = x.requestSize
	o.ResponseSize = responseSize(response)
	o.Header = (*responseHeader)(&response.Header)
	x.End(o)
}

// isWritten reports whether fasthttp has written a response. It works only for a status
// that allows a body, since writing then sets the length in the header.
func isWritten(response *fasthttp.Response) bool {
	return response.Header.ContentLength() != 0 || len(response.Header.Peek(fasthttp.HeaderContentLength)) > 0
}
