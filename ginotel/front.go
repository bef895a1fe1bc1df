package ginotel

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
)

// patience is how long the front may take after the server is done, or seems
// to be.
const patience = time.Second

// front is the handler that Use puts before all others. It sees the answer that
// goes to the wire when the middlewares between it and the instrumentation have
// returned too: those that render errors, recover from panics or write what
// they have held back.
type front struct {
	// handovers are those of requests on whose way another middleware has set a
	// writer of its own, by their *gin.Context.
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

// expect returns the handover of a request whose answer goes over another
// middleware's writer, so that the front's own cannot be found in c.
func (f *front) expect(c *gin.Context, exchange *httpserver.Exchange) *handover {
	h := &handover{exchange: exchange}
	f.handovers.Store(c, h)
	return h
}

// handover passes an exchange from the instrumentation to the front, which sees
// its answer. A middleware between them that gives up waiting for the handlers
// makes the front return first.
type handover struct {
	mu       sync.Mutex
	exchange *httpserver.Exchange
	// over says that the front has returned, and outcome.Status and what goes
	// with it is what it has seen.
	over bool
	// waiting says that the handlers have returned, and outcome is theirs.
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

// isOver tells whether the front has returned: c may serve another request.
func (h *handover) isOver() bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

// take leaves the end of the exchange to the front. o has everything but the
// answer.
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

// giveUpAfter ends the exchange of r when the server is done with that and no
// front has come: it belongs to a *gin.Context that a middleware has copied.
func (h *handover) giveUpAfter(r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.stop = context.AfterFunc(r.Context(), func() { time.AfterFunc(patience, h.giveUp) })
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
