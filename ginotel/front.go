package ginotel

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
)

// waitLimit is how long the front may take after the server is done with the
// request, as far as that is known.
const waitLimit = time.Second

// front is the handler that Use registers before all others. It sees the final
// response after the middlewares between it and the instrumentation, which may
// render errors, recover from panics or write buffered responses.
type front struct {
	// handovers are those of requests for which another middleware has replaced
	// the writer, by *gin.Context.
	handovers sync.Map
}

func (f *front) handle(c *gin.Context) {
	if !isGinsOwn(c.Writer) {
		c.Next()
		return
	}
	w := newWriter(c.Writer, c.Request)
	w.handover = new(handover)
	c.Writer = w
	returned := false
	defer func() {
		w.unmatched = c.FullPath() == ""
		w.handover.end(w, returned)
		if taken, ok := f.handovers.LoadAndDelete(c); ok {
			taken.(*handover).end(w, returned)
		}
		if w.awaited == nil && c.Writer == gin.ResponseWriter(w) {
			c.Writer = w.ResponseWriter
		}
	}()
	c.Next()
	returned = true
}

// expect returns the handover of a request whose response goes through another
// middleware's writer, so that the front's writer cannot be found in c.
func (f *front) expect(c *gin.Context, exchange *httpserver.Exchange) *handover {
	h := &handover{exchange: exchange}
	f.handovers.Store(c, h)
	return h
}

// handover passes an exchange from the instrumentation to the front, which sees
// its response. The front may return first, if a middleware between them stops
// waiting for the handlers.
type handover struct {
	mu       sync.Mutex
	exchange *httpserver.Exchange
	// over is set when the front has returned; outcome.Status and related
	// fields are what it has seen.
	over bool
	// waiting is set when the handlers have returned; outcome is theirs.
	waiting bool
	outcome httpserver.Outcome
	stop    func() bool
}

// end is called when the front returns.
func (h *handover) end(w *writer, settled bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over || h.exchange == nil {
		return
	}
	h.over = true
	if !h.waiting {
		w.complete(h.exchange, &h.outcome, settled)
		return
	}
	if h.stop != nil {
		h.stop()
	}
	if settled && w.leftToGin() {
		w.await(h.exchange, h.outcome, false)
		return
	}
	w.complete(h.exchange, &h.outcome, settled)
	h.exchange.End(h.outcome)
}

// isOver reports whether the front has returned: c may serve another request.
func (h *handover) isOver() bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

// take leaves the end of the exchange to the front. o has everything except the
// response.
func (h *handover) take(o httpserver.Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		seen := &h.outcome
		o.Status, o.ResponseSize, o.Header, o.Aborted, o.Hijacked = seen.Status, seen.ResponseSize, seen.Header, seen.Aborted, seen.Hijacked
		h.exchange.End(o)
		return
	}
	h.exchange.HandlersReturned(o)
	o.SpanName, o.Attributes = nil, nil
	h.outcome, h.waiting = o, true
}

// giveUpAfter ends the exchange of r when the server is done with it and no
// front has ended it: its *gin.Context is a copy made by a middleware.
func (h *handover) giveUpAfter(r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.stop = context.AfterFunc(r.Context(), func() { time.AfterFunc(waitLimit, h.giveUp) })
	}
}

// giveUp ends an exchange that no front has ended.
func (h *handover) giveUp() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return
	}
	h.over = true
	h.outcome.Status, h.outcome.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
	h.exchange.End(h.outcome)
}
