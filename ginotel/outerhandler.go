package ginotel

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
)

// endTimeout is how long the outer handler may take after the request's context has
// ended, which usually means that the server is done.
const endTimeout = time.Second

// outerHandler is the handler that Use registers before all others. It sees the final
// response, after the middlewares between it and the instrumentation, which may render
// errors, recover from panics or write buffered responses.
type outerHandler struct {
	// byContext maps each *gin.Context whose writer another middleware has replaced to
	// the deferredEnd of its request.
	byContext sync.Map
}

func (f *outerHandler) handle(c *gin.Context) {
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
		if taken, ok := f.byContext.LoadAndDelete(c); ok {
			taken.(*deferredEnd).finish(w, returned)
		}
		if w.awaitedEnd == nil && c.Writer == gin.ResponseWriter(w) {
			c.Writer = w.ResponseWriter
		}
	}()
	c.Next()
	returned = true
}

// deferEnd returns the deferredEnd of a request whose response goes through another
// middleware's writer. The outer handler's writer then cannot be found in c.
func (f *outerHandler) deferEnd(c *gin.Context, exchange *httpserver.Exchange) *deferredEnd {
	h := &deferredEnd{exchange: exchange}
	f.byContext.Store(c, h)
	return h
}

// deferredEnd passes an exchange from the instrumentation to the outer handler, which
// sees the final response. The outer handler may return before the handlers, if a
// middleware between them stops waiting.
type deferredEnd struct {
	mu       sync.Mutex
	exchange *httpserver.Exchange
	// outerReturned is set when the outer handler has returned. outcome.Status and
	// related fields then hold what it has observed.
	outerReturned bool
	// handlersReturned is set when the handlers have returned. outcome then holds their
	// outcome.
	handlersReturned bool
	outcome          httpserver.Outcome
	stopWaiting      func() bool
}

// finish is called when the outer handler returns.
func (h *deferredEnd) finish(w *writer, statusFinal bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.outerReturned || h.exchange == nil {
		return
	}
	h.outerReturned = true
	if !h.handlersReturned {
		w.completeOutcome(h.exchange, &h.outcome, statusFinal)
		return
	}
	if h.stopWaiting != nil {
		h.stopWaiting()
	}
	if statusFinal && w.answeredByGin() {
		w.endLater(h.exchange, h.outcome, false)
		return
	}
	w.completeOutcome(h.exchange, &h.outcome, statusFinal)
	h.exchange.End(h.outcome)
}

// hasOuterReturned reports whether the outer handler has returned. In that case, c may
// already serve another request.
func (h *deferredEnd) hasOuterReturned() bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.outerReturned
}

// endLater lets the outer handler end the exchange. o is complete except for the
// response.
func (h *deferredEnd) endLater(o httpserver.Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.outerReturned {
		seen := &h.outcome
		o.Status, o.ResponseSize, o.Header, o.Aborted, o.Hijacked = seen.Status, seen.ResponseSize, seen.Header, seen.Aborted, seen.Hijacked
		h.exchange.End(o)
		return
	}
	h.exchange.HandlersReturned(o)
	o.SpanName, o.Attributes = nil, nil
	h.outcome, h.handlersReturned = o, true
}

// endAfterRequest ends the exchange of r when the server is done with the request, unless
// an outer handler has ended it. An outer handler cannot end it if the *gin.Context is a
// copy made by a middleware.
func (h *deferredEnd) endAfterRequest(r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.outerReturned {
		h.stopWaiting = context.AfterFunc(r.Context(), func() { time.AfterFunc(endTimeout, h.endWithoutStatus) })
	}
}

// endWithoutStatus ends an exchange that no outer handler has ended.
func (h *deferredEnd) endWithoutStatus() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.outerReturned {
		return
	}
	h.outerReturned = true
	h.outcome.Status, h.outcome.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
	h.exchange.End(h.outcome)
}
