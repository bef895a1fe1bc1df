package ginotel

import (
	"context"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
)

// endTimeout is how long the outer handler may take to return after the request's context
// has ended. After this time, the exchange ends without a status. The context usually ends
// when the server is done with the request.
const endTimeout = time.Second

// outerHandler is the handler that Use registers before all others. It sees the final
// response: the middlewares between the outer handler and the instrumentation may render
// errors, recover from panics or write buffered responses.
type outerHandler struct {
	// deferredEnds holds the deferredEnd of each request whose writer another middleware
	// has replaced. It holds each of them under all of its keys.
	deferredEnds sync.Map
	// lastNumber is the number of the newest deferredEnd in deferredEnds.
	lastNumber atomic.Uint64
}

// handle runs the other middlewares with a writer that records the response. It then ends
// the exchange, unless the handlers have not returned yet.
func (h *outerHandler) handle(c *gin.Context) {
	if !isGinWriter(c.Writer) {
		c.Next()
		return
	}
	lastNumber := h.lastNumber.Load()
	w := newWriter(c.Writer, c.Request)
	w.deferredEnd = new(deferredEnd)
	c.Writer = w
	returned := false
	defer func() {
		w.unmatched = c.FullPath() == ""
		w.deferredEnd.finish(w, returned)
		end := h.take(c, lastNumber)
		if end == nil && !w.deferredEnd.hasExchange() {
			// A middleware may have called the handlers with a copy of c.
			end = h.take(headerKey(w.recorder.Request()), lastNumber)
		}
		if end != nil {
			end.finish(w, returned)
		}
		if w.awaitedEnd == nil && c.Writer == gin.ResponseWriter(w) {
			c.Writer = w.ResponseWriter
		}
	}()
	c.Next()
	returned = true
}

// deferEnd returns a new deferredEnd for the request r, whose response goes through another
// middleware's writer. It stores the deferredEnd where the outer handler finds it. c.Writer
// cannot hold the deferredEnd, since it is not our writer.
func (h *outerHandler) deferEnd(c *gin.Context, r *http.Request, exchange *httpserver.Exchange) *deferredEnd {
	d := &deferredEnd{exchange: exchange, outerHandler: h, number: h.lastNumber.Add(1)}
	d.keys[0], d.keys[1] = c, headerKey(r)
	for _, key := range d.keys {
		if key != nil {
			h.deferredEnds.Store(key, d)
		}
	}
	return d
}

// headerKey returns a key for the request r and its copies, which have the same header. It
// returns nil if r has no header.
func headerKey(r *http.Request) any {
	if r.Header == nil {
		return nil
	}
	return reflect.ValueOf(r.Header).UnsafePointer()
}

// take removes the deferredEnd with the given key and returns it. It returns nil if there is
// none, or if its number is not greater than lastNumber. Such a deferredEnd is that of an outer
// request, if a handler serves another request with the same context or the same header.
func (h *outerHandler) take(key any, lastNumber uint64) *deferredEnd {
	value, ok := h.deferredEnds.Load(key)
	if !ok {
		return nil
	}
	d := value.(*deferredEnd)
	if d.number <= lastNumber {
		return nil
	}
	h.remove(d)
	return d
}

// remove removes d from the deferredEnds.
func (h *outerHandler) remove(d *deferredEnd) {
	for _, key := range d.keys {
		if key != nil {
			h.deferredEnds.CompareAndDelete(key, d)
		}
	}
}

// deferredEnd ends an exchange when both the handlers and the outer handler, which sees the
// final response, have returned. The outer handler may return before the handlers do: a
// timeout middleware between them may respond while the handlers still run.
type deferredEnd struct {
	// outerHandler holds the deferredEnd under keys: the *gin.Context and, if it is not nil,
	// the headerKey of the request. outerHandler is nil if a writer holds the deferredEnd.
	outerHandler *outerHandler
	keys         [2]any
	// number is the position of the deferredEnd among all that outerHandler has held.
	number uint64

	// mu guards the fields below.
	mu sync.Mutex
	// exchange is nil until setExchange is called.
	exchange *httpserver.Exchange
	// outerReturned is set when the outer handler has returned, or when endWithoutStatus
	// has ended the exchange. If the outer handler has returned, outcome has the fields that
	// describe the response, such as the status.
	outerReturned bool
	// handlersReturned is set when the handlers have returned. outcome then has the
	// fields that do not describe the response.
	handlersReturned bool
	// outcome is the outcome of the exchange, as far as it is known.
	outcome httpserver.Outcome
	// stopWaiting cancels the wait that endAfterRequest has started. It is nil if there
	// is no such wait.
	stopWaiting func() bool
}

// setExchange must be called when the instrumentation has started the exchange.
func (d *deferredEnd) setExchange(exchange *httpserver.Exchange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.exchange = exchange
}

// hasExchange reports whether the instrumentation has started the exchange.
func (d *deferredEnd) hasExchange() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.exchange != nil
}

// finish must be called when the outer handler returns. It adds the response that w has
// recorded to the outcome. If the handlers have returned, it also ends the exchange.
// statusFinal is false if the middlewares have panicked: the server may then send a
// different status than that in w, or none.
func (d *deferredEnd) finish(w *writer, statusFinal bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.outerReturned {
		return
	}
	d.outerReturned = true
	if d.exchange == nil {
		// Either this request has no exchange, or its handlers run in a goroutine that has
		// not called setExchange yet. endLater then ends the exchange, without a status.
		d.outcome.Status = httpserver.UnknownStatus
		return
	}
	if !d.handlersReturned {
		w.completeOutcome(d.exchange, &d.outcome, statusFinal)
		return
	}
	if d.stopWaiting != nil {
		d.stopWaiting()
	}
	if statusFinal && w.willGinRespond() {
		w.endLater(d.exchange, d.outcome, false)
		return
	}
	w.completeOutcome(d.exchange, &d.outcome, statusFinal)
	d.exchange.End(d.outcome)
}

// hasOuterReturned reports whether the outer handler has returned. In that case, c may
// already serve another request.
func (d *deferredEnd) hasOuterReturned() bool {
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.outerReturned
}

// endLater must be called when the handlers have returned. o has all fields except those
// that describe the response. If the outer handler has already returned, endLater ends the
// exchange. Otherwise, the outer handler ends it.
func (d *deferredEnd) endLater(o httpserver.Outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.outerReturned {
		observed := &d.outcome
		o.Status, o.ResponseSize, o.Header, o.Aborted, o.Hijacked = observed.Status, observed.ResponseSize, observed.Header, observed.Aborted, observed.Hijacked
		d.exchange.End(o)
		return
	}
	d.exchange.HandlersReturned(o)
	o.SpanName, o.Attributes = nil, nil
	d.outcome, d.handlersReturned = o, true
}

// endAfterRequest ends the exchange of r when the server is done with the request, unless
// the outer handler has already ended it. The outer handler cannot find the exchange if it has
// returned before deferEnd, or if a middleware has called the handlers with copies of the
// *gin.Context and of the request's header.
func (d *deferredEnd) endAfterRequest(r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.outerReturned {
		d.stopWaiting = context.AfterFunc(r.Context(), func() { time.AfterFunc(endTimeout, d.endWithoutStatus) })
	}
}

// endWithoutStatus ends the exchange without a status if the outer handler has not ended
// it.
func (d *deferredEnd) endWithoutStatus() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.outerReturned {
		return
	}
	d.outerReturned = true
	d.outerHandler.remove(d)
	d.outcome.Status, d.outcome.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
	d.exchange.End(d.outcome)
}
