package ginotel

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/stdhttp"
)

// exchange is a request whose response is observed.
type exchange struct {
	*httpserver.Exchange
	middleware *middleware
	request    *http.Request
	// found is c.Writer when the middleware was called.
	found gin.ResponseWriter
	// writer records the response; nil if found is another middleware's writer.
	writer *writer
	// handover passes the exchange to the front; nil if there is none.
	handover *handover
}

// watch observes the response to r, as far as it can without replacing another
// middleware's writer.
func (m *middleware) watch(c *gin.Context, r *http.Request, e *httpserver.Exchange) exchange {
	x := exchange{Exchange: e, middleware: m, request: r, found: c.Writer}
	if e.Nested() {
		if outer, ok := e.Outer().(*identity); ok && isOver(c.Writer, outer.ResponseWriter) {
			// HandleContext has replaced it with Gin's own writer.
			c.Writer = (*writer)(outer)
		}
		return x
	}
	if w, ok := c.Writer.(*writer); ok {
		x.writer, x.handover = w, w.handover
		e.Identify((*identity)(w))
		if x.handover != nil {
			x.handover.exchange = e
		}
		return x
	}
	if isGinsOwn(c.Writer) {
		x.writer = newWriter(c.Writer, r)
		x.writer.unmatched = c.FullPath() == ""
		c.Writer = x.writer
		e.Identify((*identity)(x.writer))
		return x
	}
	if m.front != nil {
		x.handover = m.front.expect(c, e)
	}
	return x
}

// end ends the exchange when the handlers have returned or panicked, or leaves
// that to code that sees the response later.
func (x *exchange) end(c *gin.Context, o httpserver.Outcome, returned bool) {
	w := x.writer
	switch {
	case x.Nested():
		x.End(o)
	case w == nil && x.handover != nil:
		x.handover.take(o)
		x.handover.giveUpAfter(x.request)
	case w == nil:
		foreign(c, x.found, x.request, &o, returned)
		x.End(o)
	case x.handover != nil && !w.begun():
		x.handover.take(o)
	case !w.begun() && x.mayFollow(c, &o, returned):
		w.await(x.Exchange, o, returned && !w.leftToGin())
		return
	default:
		w.complete(x.Exchange, &o, returned)
		x.End(o)
	}
	if _, ours := c.Writer.(*writer); ours {
		c.Writer = x.found
	}
}

// isOver reports whether w is Gin's own writer, or our writer around it.
func isOver(w, own gin.ResponseWriter) bool {
	if ours, ok := w.(*writer); ok {
		return ours.ResponseWriter == own
	}
	return isGinsOwn(w) && w == own
}

// relate tells a nested exchange whether it is of the same request, or of
// another that a handler serves in process.
func relate(c *gin.Context, r *http.Request, e *httpserver.Exchange) {
	if !e.Nested() {
		return
	}
	if outer, ok := e.Outer().(*identity); ok && !outer.recorder.IsMade(r) {
		for w := http.ResponseWriter(c.Writer); w != nil; {
			if isOver, ok := w.(*writer); ok && isOver == (*writer)(outer) {
				return
			}
			wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
			if !ok {
				break
			}
			w = wrapper.Unwrap()
		}
	}
	stdhttp.Relate(e, c.Writer, r)
}

// mayFollow reports whether the response may be written after the handlers have
// returned: by Gin itself if no route matches, or by a middleware further out.
func (x *exchange) mayFollow(c *gin.Context, o *httpserver.Outcome, returned bool) bool {
	switch {
	case x.writer.unmatched && returned:
		return true
	case x.middleware.outermost:
		return false
	default:
		return o.Panic != nil || returned && len(c.Errors) > 0
	}
}

// foreign adds to o what another middleware's writer shows of the response, and
// UnknownStatus if that may differ from what is sent.
func foreign(c *gin.Context, w gin.ResponseWriter, r *http.Request, o *httpserver.Outcome, returned bool) {
	o.Header = stdhttp.Header(w.Header())
	o.Status, o.ResponseSize = w.Status(), httpserver.Size{}
	if isInterim(o.Status) {
		o.Status = http.StatusOK
	}
	switch {
	case w.Written() && w.Size() == 0 && r.Header.Get("Upgrade") != "":
		// The connection may have been hijacked.
		o.Status = httpserver.UnknownStatus
	case w.Written():
	case !returned && o.Panic == nil:
		// The goroutine has ended, and the connection was closed.
		o.Status, o.Aborted = 0, httpserver.AbortedByServer
	case !returned, len(c.Errors) > 0:
		o.Status = httpserver.UnknownStatus
	}
}
