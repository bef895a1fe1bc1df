package fasthttpotel

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
)

// Exchange is an exchange that ends when fasthttp is done with the request. Until then, the
// framework's error handler may change the status, and a stream writer may write the body.
// The Exchange is a user value of the request and implements io.Closer. fasthttp closes
// such user values when it has written the response or has failed to write it.
type Exchange struct {
	*httpserver.Exchange
	requestCtx *fasthttp.RequestCtx
	// id is requestCtx.ID() at the start. The ID changes when fasthttp reuses requestCtx for
	// another request.
	id uint64
	// requestSize is the size of the request's body, as far as fasthttp knew it before the
	// handlers ran.
	requestSize httpserver.Size
	// earlierTimeoutResponse is the timeout response of an earlier request, or nil. fasthttp's
	// server never reuses a RequestCtx with a timeout response, but Fiber v3's adaptor does.
	earlierTimeoutResponse *fasthttp.Response
	// writes tracks what is written to the connection. It is nil if the connection is not one
	// of a Server.
	writes *writeTracker
	// bytesBefore is the number of bytes that were written before the response: before this
	// exchange and, once the handlers have returned, also by the handlers themselves.
	bytesBefore int64
	// ctx is the context that was passed to Remember, or nil.
	ctx context.Context
	// pendingHijack is not nil if the handlers have returned and may have hijacked the
	// connection.
	pendingHijack *pendingHijack
	// detached is set if the handlers may run in a separate goroutine.
	detached bool
	// handlersReturned is set when the handlers have returned and the exchange waits for Close.
	handlersReturned atomic.Bool
	// closedEarly is set if Close was called before the handlers returned.
	closedEarly atomic.Bool
	// closed is set if Close was called after the handlers returned.
	closed atomic.Bool
}

// pendingHijack is the state of an exchange whose handlers have returned and may have
// hijacked the connection.
type pendingHijack struct {
	// returnTime is the time at which the handlers returned. It is the end time of the
	// exchange.
	returnTime time.Time
	// endOnce ensures that the exchange ends only once.
	endOnce sync.Once
}

// hijackTimeout limits how long an exchange whose connection may be hijacked waits for
// fasthttp to close the user values. The exchange ends after this time at the latest.
const hijackTimeout = time.Second

// Follow returns an Exchange that ends with requestCtx's request, or nil if the request is not
// recorded. Call it before the handlers, which may consume the body.
func Follow(exchange *httpserver.Exchange, requestCtx *fasthttp.RequestCtx) *Exchange {
	if !exchange.Observed() {
		return nil
	}
	return newExchange(exchange, requestCtx)
}

// newExchange returns an Exchange that ends with requestCtx's request, or nil if the request
// is a sub-request of a recorded request.
func newExchange(exchange *httpserver.Exchange, requestCtx *fasthttp.RequestCtx) *Exchange {
	if exchange.Nested() {
		exchange.Relate(relationTo(exchange.Outer(), requestCtx))
		if !exchange.Observed() {
			return nil
		}
	}
	x := &Exchange{Exchange: exchange, requestCtx: requestCtx, id: requestCtx.ID(), requestSize: requestSize(&requestCtx.Request)}
	if !x.Served() {
		// A request of a server has none yet, and outer code in another goroutine may set one.
		x.earlierTimeoutResponse = requestCtx.LastTimeoutErrorResponse()
	}
	if x.writes = writeTrackerOf(requestCtx.Conn()); x.writes != nil {
		x.bytesBefore = x.writes.bytes.Load()
		x.writes.idle.Store(false)
		if !exchange.Nested() {
			x.writes.responseBegun.Store(false)
		}
	}
	if !exchange.Nested() && x.Served() {
		// Not after the handlers: a stream may then read the user values.
		requestCtx.SetUserValue(exchangeKey{}, x)
	}
	exchange.Identify(x)
	return x
}

// Detach tells x that the handlers may run in a separate goroutine, which an outer middleware
// abandons after a timeout.
func (x *Exchange) Detach() { x.detached = !x.Nested() && x.Served() }

// Attach reverses Detach. Call it when the handlers have returned, unless an outer middleware
// has abandoned them or still may.
func (x *Exchange) Attach() { x.detached = false }

// TimedOut reports whether a handler has set a timeout response with TimeoutError.
func (x *Exchange) TimedOut() bool { return x.timeoutResponse() != nil }

// relationTo returns the relation of requestCtx's request to an outer exchange. outer is the
// value that the adapter of the outer exchange passed to Identify. It is an *Exchange if that
// adapter is one for Fiber.
func relationTo(outer any, requestCtx *fasthttp.RequestCtx) httpserver.Relation {
	x, ok := outer.(*Exchange)
	switch {
	case !ok:
		return httpserver.PresumedRequest
	case x.Of(requestCtx):
		return httpserver.SameRequest
	default:
		return httpserver.SubRequest
	}
}

// exchangeKey is the key of the Exchange in the user values.
type exchangeKey struct{}

// Served reports whether a fasthttp server serves the request. It returns false if a test or
// an adaptor calls the app's handler directly. In that case, the user values are not closed.
func (x *Exchange) Served() bool { return x.requestCtx.ConnRequestNum() > 0 }

// Of reports whether requestCtx still belongs to the exchange's request. It returns false if
// fasthttp has reused requestCtx for another request.
func (x *Exchange) Of(requestCtx *fasthttp.RequestCtx) bool {
	return requestCtx == x.requestCtx && requestCtx.ID() == x.id
}

// Returned must be called when the handlers have returned. failed must be set if they
// returned an error to which the framework has not responded yet. In that case, o.ErrorType
// must be the type of the error, or "" for an error that becomes a 4xx response.
func (x *Exchange) Returned(o httpserver.Outcome, failed bool) {
	errorType := o.ErrorType
	o.ErrorType = ""
	switch {
	case x.Nested():
		x.End(o)
	case !x.Of(x.requestCtx):
		x.endUnobserved(o)
	case !x.detached && x.timeoutResponse() != nil:
		// fasthttp sends the timeout response and does not close the user values, so the
		// exchange must end now.
		x.end(o, x.timeoutResponse())
	case x.writes != nil && x.writes.closed.Load():
		x.endClosed(o)
	case x.requestCtx.Hijacked():
		x.endHijacked(o, failed, errorType)
	case x.Served():
		x.endOnClose(o)
	case failed:
		x.endUnobserved(o)
	default:
		x.end(o, &x.requestCtx.Response)
	}
}

// Interrupted must be called instead of Returned, by a deferred function, if a handler has
// panicked or ended its goroutine. o.Panic is the value of the panic. Interrupted panics
// with that value again.
func (x *Exchange) Interrupted(o httpserver.Outcome) {
	switch {
	case x.Nested():
		x.End(o)
	case o.Panic == nil:
		// After the goroutine has ended, fasthttp closes the connection without a response.
		x.endWithoutResponse(o)
	case !x.Served() || !x.Of(x.requestCtx):
		x.endUnobserved(o)
	case !x.detached && x.timeoutResponse() != nil:
		x.end(o, x.timeoutResponse())
	case x.writes != nil && x.writes.closed.Load():
		x.endClosed(o)
	default:
		x.endOnClose(o)
		panicAndPrint(o.Panic, &unrecoveredPanic{x})
	}
	if o.Panic != nil {
		panic(o.Panic)
	}
}

// Abandoned must be called instead of Returned or Interrupted if outer code, in another
// goroutine, has already responded. If a handler has panicked, Abandoned panics again.
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

// EndIfTimedOut ends x if the handlers have returned and fasthttp has then sent a timeout
// response. In that case, fasthttp does not close the user values.
func (x *Exchange) EndIfTimedOut() {
	// While x waits for Close, fasthttp does not use requestCtx for another request.
	if x.handlersReturned.Load() && !x.closed.Load() && x.timeoutResponse() != nil {
		x.endUnobserved(httpserver.Outcome{})
	}
}

// timeoutResponse returns the response that a handler has set with TimeoutError, or nil if
// there is none.
func (x *Exchange) timeoutResponse() *fasthttp.Response {
	response := x.requestCtx.LastTimeoutErrorResponse()
	if response == x.earlierTimeoutResponse {
		return nil
	}
	return response
}

// endUnobserved ends an exchange whose response cannot be observed.
func (x *Exchange) endUnobserved(o httpserver.Outcome) {
	o.Status = httpserver.UnknownStatus
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	x.End(o)
}

// endWithoutResponse ends an exchange whose client receives no response.
func (x *Exchange) endWithoutResponse(o httpserver.Outcome) {
	o.Status, o.Aborted = 0, httpserver.AbortedByServer
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	x.End(o)
}

// endClosed ends an exchange in which a handler has closed the connection, as End and Drop of
// Fiber v3 do. The client receives only what the handlers themselves have written. fasthttp
// cannot write its response any more, so the error of that attempt says nothing.
func (x *Exchange) endClosed(o httpserver.Outcome) {
	switch {
	case !x.writes.responseBegun.Load():
		x.endWithoutResponse(o)
	case x.writes.err.Load() != nil:
		x.endWritten(o)
	default:
		x.end(o, &x.requestCtx.Response)
	}
}

// endHijacked ends an exchange in which a handler has called Hijack, or arranges that the
// exchange ends later. The exchange ends with the response. The data after the response is
// not HTTP, and the connection may stay open for days. If a handler accepts an upgrade by
// writing the response to the connection itself, fasthttp's response remains untouched. In
// this case, the engine records the status 101.
func (x *Exchange) endHijacked(o httpserver.Outcome, failed bool, errorType string) {
	response := &x.requestCtx.Response
	status := response.StatusCode()
	switch {
	case failed:
	case status == fasthttp.StatusSwitchingProtocols, status == fasthttp.StatusOK && x.requestCtx.IsConnect():
		o.Status, o.Hijacked = status, status != fasthttp.StatusOK
		x.endWithoutBody(o)
		return
	case x.isUntouched() && requestField(&x.requestCtx.Request.Header, fasthttp.HeaderUpgrade) != "":
		o.Hijacked = true
		x.endWithoutBody(o)
		return
	}
	// fasthttp does not show whether a handler has called HijackSetNoResponse, so it is not
	// known yet whether fasthttp writes its response. Usually, the exchange ends when
	// fasthttp closes the user values. But if the client has requested that the connection be
	// closed, fasthttp does not close them, and the exchange ends after hijackTimeout. The
	// response cannot be read at that time, since fasthttp may still use it. Therefore, read
	// now whether the response is a failure. Otherwise, a client could hide failures with
	// such a request.
	if !failed && status >= fasthttp.StatusInternalServerError {
		errorType = strconv.Itoa(status)
	}
	pending := &pendingHijack{returnTime: time.Now()}
	x.pendingHijack = pending
	x.endOnClose(o)
	time.AfterFunc(hijackTimeout, func() {
		pending.endOnce.Do(func() { x.endUnobserved(httpserver.Outcome{Ended: pending.returnTime, ErrorType: errorType}) })
	})
}

// endWithoutBody ends the exchange of a hijacked connection with a response that has no
// body.
func (x *Exchange) endWithoutBody(o httpserver.Outcome) {
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	o.Header = (*responseHeader)(&x.requestCtx.Response.Header)
	x.End(o)
}

// isUntouched reports whether no handler has changed the response.
func (x *Exchange) isUntouched() bool {
	response := &x.requestCtx.Response
	return response.StatusCode() == fasthttp.StatusOK && !response.IsBodyStream() && len(response.Body()) == 0
}

// endOnClose passes o to the engine. The exchange ends when fasthttp calls Close.
func (x *Exchange) endOnClose(o httpserver.Outcome) {
	if x.writes != nil && x.pendingHijack == nil {
		// What the handlers themselves have written, such as early hints, is not part of the
		// response.
		x.bytesBefore = x.writes.bytes.Load()
	}
	x.HandlersReturned(o)
	x.handlersReturned.Store(true)
	if x.closedEarly.Load() {
		x.requestCtx.SetUserValue(exchangeKey{}, x)
	}
}

// Close implements io.Closer for fasthttp.
func (x *Exchange) Close() error {
	if !x.handlersReturned.Load() {
		// A handler has cleared the user values. fasthttp has therefore called Close before
		// the handlers have returned, and endOnClose must add the user value again.
		x.closedEarly.Store(true)
		return nil
	}
	x.closed.Store(true)
	if x.pendingHijack == nil {
		x.endWritten(httpserver.Outcome{})
	} else {
		x.pendingHijack.endOnce.Do(x.endPossiblyHijacked)
	}
	return nil
}

// endPossiblyHijacked ends an exchange whose handlers may have hijacked the connection. When
// it is called, the response shows whether they have.
func (x *Exchange) endPossiblyHijacked() {
	o := httpserver.Outcome{Ended: x.pendingHijack.returnTime}
	if isWritten(&x.requestCtx.Response) {
		x.endWritten(o)
		return
	}
	if x.writes != nil && x.writes.closed.Load() && x.writes.bytes.Load() == x.bytesBefore {
		x.endWithoutResponse(o)
		return
	}
	// fasthttp has not written a response, so the handler has written its own response to
	// the connection. If the server keeps hijacked connections (KeepHijackedConns), another
	// goroutine may still write it.
	if requestField(&x.requestCtx.Request.Header, fasthttp.HeaderUpgrade) != "" {
		o.Hijacked = true
	} else {
		o.Status = httpserver.UnknownStatus
	}
	x.endWithoutBody(o)
}

// endWritten ends the exchange with the response, or the part of the response, that was
// sent.
func (x *Exchange) endWritten(o httpserver.Outcome) {
	o.Header = (*sentHeader)(&x.requestCtx.Response.Header)
	abort, nothingSent := x.abortReason()
	if abort == httpserver.NotAborted {
		x.end(o, &x.requestCtx.Response)
		return
	}
	o.Aborted = abort
	if !nothingSent {
		o.Status = x.requestCtx.Response.StatusCode()
	}
	o.RequestSize, o.ResponseSize = x.requestSize, httpserver.Size{}
	x.End(o)
}

// end ends the exchange with o and response, which is the response that the client
// receives. If o.Header is nil, it is set to the header of response.
func (x *Exchange) end(o httpserver.Outcome, response *fasthttp.Response) {
	o.Status = response.StatusCode()
	o.RequestSize = x.requestSize
	o.ResponseSize = responseSize(response)
	if o.Header == nil {
		o.Header = (*responseHeader)(&response.Header)
	}
	x.End(o)
}

// isWritten reports whether fasthttp has written the response. When fasthttp writes a
// response, it sets the length in the header, but only if the status allows a body.
func isWritten(response *fasthttp.Response) bool {
	return response.Header.ContentLength() != 0 || len(response.Header.Peek(fasthttp.HeaderContentLength)) > 0
}
