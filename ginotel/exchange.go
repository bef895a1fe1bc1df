package ginotel

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/stdhttp"
)

// exchange is the httpserver.Exchange of a Gin request, with the data that is needed to
// record the response.
type exchange struct {
	*httpserver.Exchange
	middleware *middleware
	// request is the request with which the middleware was called.
	request *http.Request
	// originalWriter is the value of c.Writer when the middleware was called.
	originalWriter gin.ResponseWriter
	// writer records the response. It is nil if originalWriter is another middleware's
	// writer, or if the exchange is nested.
	writer *writer
	// deferredEnd can end the exchange after the outer handler has returned. It is nil if
	// there is no outer handler, or if the exchange is nested.
	deferredEnd *deferredEnd
}

// startRecording starts to record the response to r. It replaces c.Writer only if that is
// Gin's own writer: another middleware's writer must stay. A nested exchange does not
// record, since the outer exchange does.
func (m *middleware) startRecording(c *gin.Context, r *http.Request, e *httpserver.Exchange) exchange {
	x := exchange{Exchange: e, middleware: m, request: r, originalWriter: c.Writer}
	if e.Nested() {
		if outer, ok := e.Outer().(*requestIdentity); ok && isOrWraps(c.Writer, outer.ResponseWriter) {
			// Gin's HandleContext has replaced our writer with Gin's own writer. Restore ours.
			c.Writer = (*writer)(outer)
		}
		return x
	}
	if w, ok := c.Writer.(*writer); ok {
		x.writer, x.deferredEnd = w, w.deferredEnd
		w.context = c
		e.Identify((*requestIdentity)(w))
		if x.deferredEnd != nil {
			x.deferredEnd.setExchange(e)
		}
		return x
	}
	if isGinWriter(c.Writer) {
		x.writer = newWriter(c.Writer, r)
		x.writer.unmatched = c.FullPath() == ""
		x.writer.context = c
		c.Writer = x.writer
		e.Identify((*requestIdentity)(x.writer))
		return x
	}
	e.Identify(&foreignIdentity{c, stdhttp.Unrecorded(c.Writer, r)})
	if m.outerHandler != nil {
		x.deferredEnd = m.outerHandler.deferEnd(c, r, e)
	}
	return x
}

// end must be called when the handlers have returned or panicked. It ends the exchange if
// the response is complete. Otherwise, it arranges that the exchange ends later. returned is
// false if the handlers have panicked or ended their goroutine.
func (x *exchange) end(c *gin.Context, o httpserver.Outcome, returned bool) {
	w := x.writer
	switch {
	case x.Nested():
		x.End(o)
	case w == nil && x.deferredEnd != nil:
		x.deferredEnd.endLater(o)
		x.deferredEnd.endAfterRequest(x.request)
	case w == nil:
		addForeignOutcome(c, x.originalWriter, x.request, &o, returned)
		x.End(o)
	case x.deferredEnd != nil && !w.hasStarted():
		x.deferredEnd.endLater(o)
	case !w.hasStarted() && x.mayBeWrittenLater(c, &o, returned):
		w.endLater(x.Exchange, o, returned && !w.willGinRespond())
		return
	default:
		w.completeOutcome(x.Exchange, &o, returned)
		x.End(o)
	}
	if _, ours := c.Writer.(*writer); ours {
		c.Writer = x.originalWriter
	}
}

// isOrWraps reports whether w is original or our writer around original. original must be
// Gin's own writer.
func isOrWraps(w, original gin.ResponseWriter) bool {
	if ours, ok := w.(*writer); ok {
		return ours.ResponseWriter == original
	}
	return isGinWriter(w) && w == original
}

// setRelation sets whether a nested exchange is for the same request as the outer
// exchange, or for another request that a handler serves within the process.
func setRelation(c *gin.Context, r *http.Request, e *httpserver.Exchange) {
	if !e.Nested() {
		return
	}
	if outer, ok := e.Outer().(*foreignIdentity); ok && outer.context == c && !outer.recorder.IsMade(r) {
		return // HandleContext has called the middlewares again, or Middleware is registered twice
	}
	if outer, ok := e.Outer().(*requestIdentity); ok && !outer.recorder.IsMade(r) {
		if outer.context == c {
			return // the same, and no other middleware has replaced the writer
		}
		for w := http.ResponseWriter(c.Writer); w != nil; {
			if ours, ok := w.(*writer); ok && ours == (*writer)(outer) {
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

// mayBeWrittenLater reports whether Gin or an outer middleware may write the response after
// the handlers have returned or panicked. Gin itself responds if no route matches, and an
// outer middleware may respond to a panic or an error. returned has the same meaning as in
// end.
func (x *exchange) mayBeWrittenLater(c *gin.Context, o *httpserver.Outcome, returned bool) bool {
	switch {
	case x.writer.unmatched && returned:
		return true
	case x.middleware.outermost:
		return false
	default:
		return o.Panic != nil || returned && len(c.Errors) > 0
	}
}

// addForeignOutcome adds the status and the header of w, which is another middleware's
// writer, to o. The status is UnknownStatus if the server may send a different status than
// that of w. returned has the same meaning as in end.
func addForeignOutcome(c *gin.Context, w gin.ResponseWriter, r *http.Request, o *httpserver.Outcome, returned bool) {
	o.Header = stdhttp.ResponseHeader(w.Header())
	o.Status, o.ResponseSize = w.Status(), httpserver.Size{}
	if isInterim(o.Status) {
		o.Status = http.StatusOK
	}
	switch {
	case w.Written() && w.Size() == 0 && r.Header.Get("Upgrade") != "":
		// The connection may have been hijacked. The status is then unknown.
		o.Status = httpserver.UnknownStatus
	case w.Written():
	case !returned && o.Panic == nil:
		// The handler has ended its goroutine, and the server has closed the connection.
		o.Status, o.Aborted = 0, httpserver.AbortedByServer
	case !returned, len(c.Errors) > 0:
		o.Status = httpserver.UnknownStatus
	}
}
