package ginotel

import (
	"context"
	"net/http"
	"sync"
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
	// has replaced. The key is the *gin.Context.
	deferredEnds sync.Map
}

// handle runs the other middlewares with a writer that records the response. It then ends
// the exchange, unless the handlers have not returned yet.
func (h *outerHandler) handle(c *gin.Context) {
	if !isGinWriter(c.Writer) {
		c.Next()
		return
	}
	w := newWriter(c.Writer, c.Request)
	w.deferredEnd = new(deferredEnd)
	c.Writer = w
	returned := false
	defer func() {
		w.unmatched = c.FullPath() == ""
		w.deferredEnd.finish(w, returned)
		if end, ok := h.deferredEnds.LoadAndDelete(c); ok {
			end.(*deferredEnd).finish(w, returned)
		}
		if w.awaitedEnd == nil && c.Writer == gin.ResponseWriter(w) {
			c.Writer = w.ResponseWriter
		}
	}()
	c.Next()
	returned = true
}

// deferEnd returns a new deferredEnd for a request whose response goes through another
// middleware's writer. It stores the deferredEnd under the key c, where the outer handler
// finds it. c.Writer cannot hold the deferredEnd, since it is not our writer.
func (h *outerHandler) deferEnd(c *gin.Context, exchange *httpserver.Exchange) *deferredEnd {
	d := &deferredEnd{exchange: exchange}
	h.deferredEnds.Store(c, d)
	return d
}

// deferredEnd ends an exchange when both the handlers and the outer handler, which sees the
// final response, have returned. The outer handler may return before the handlers do: a
// timeout middleware between them may respond while the handlers still run.
type deferredEnd struct {
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
// the outer handler has already ended it. The outer handler cannot find the exchange if a
// middleware has called the handlers with a copy of the *gin.Context.
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
	d.outcome.Status, d.outcome.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
	d.exchange.End(d.outcome)
}
