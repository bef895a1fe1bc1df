package ginotel

import (
	"bufio"
	"net"
	"net/http"
	"reflect"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/stdhttp"
)

// ginWriterType is the type of Gin's own writer.
var ginWriterType = reflect.TypeOf(new(gin.Context).Copy().Writer)

// isGinWriter reports whether w is Gin's own writer. Only that writer may be replaced. Its
// type is unexported, so no other code can require it. Another middleware's writer must
// stay, since that middleware may require it.
func isGinWriter(w gin.ResponseWriter) bool { return reflect.TypeOf(w) == ginWriterType }

// writer replaces Gin's own writer. It has the same methods and records the response. It
// never replaces another middleware's writer, because that middleware or a handler may
// expect its writer in c.Writer.
type writer struct {
	gin.ResponseWriter
	recorder stdhttp.Full
	// serverWriter is set if Unwrap has returned it to a handler, which may write to it
	// directly.
	serverWriter *serverWriter
	// deferredEnd passes the exchange to the outer handler of Use. It is nil if there is
	// no outer handler.
	deferredEnd *deferredEnd
	// awaitedEnd ends the exchange when the response is complete. It is nil if the
	// response is not written after the handlers.
	awaitedEnd *stdhttp.Awaited
	// statusFinal is set if the server will send the status in Gin's own writer, unless
	// an outer middleware sets another one.
	statusFinal bool
	// unmatched is set if no route matches the request.
	unmatched bool
}

// serverWriter records a response that a handler writes directly to the server's writer,
// which is the writer below Gin's own writer.
type serverWriter struct {
	http.ResponseWriter
	recorder *stdhttp.Recorder
}

// requestIdentity is a writer in the form that is passed to httpserver.Exchange.Identify. A
// nested exchange compares the identity of the outer exchange with its own writer, to find
// out whether the two exchanges are for the same request.
type requestIdentity writer

// Recorded returns the recorder of the response, which [stdhttp.Relate] uses.
func (i *requestIdentity) Recorded() *stdhttp.Recorder { return i.recorder.Recorded() }

// KeepHeader makes the recorder copy the header when it is sent.
func (i *requestIdentity) KeepHeader() { i.recorder.KeepHeader() }

// newWriter returns a writer around Gin's own writer, for the response to r.
func newWriter(ginOwnWriter gin.ResponseWriter, r *http.Request) *writer {
	w := &writer{ResponseWriter: ginOwnWriter}
	w.recorder.Init((*ginWriter)(w), r)
	return w
}

// recordStatus records the status in Gin's own writer. It is called when that status is
// about to be sent, or when a handler has sent it by using Gin's writer directly.
func (w *writer) recordStatus() {
	if !w.hasStarted() {
		w.recorder.WriteHeader(w.ResponseWriter.Status())
	}
}

// WriteHeader sets the status, which Gin's own writer sends with the first byte
// or at the end of the handlers.
func (w *writer) WriteHeader(status int) {
	w.ResponseWriter.WriteHeader(status)
	w.statusFinal = true
	w.notifyAwaited()
}

// WriteHeaderNow sends the header.
func (w *writer) WriteHeaderNow() {
	w.recordStatus()
	w.ResponseWriter.WriteHeaderNow()
	w.notifyAwaited()
}

func (w *writer) Write(p []byte) (int, error) {
	w.recordStatus()
	n, err := w.recorder.Write(p)
	w.notifyAwaited()
	return n, err
}

// WriteString writes to the body.
func (w *writer) WriteString(s string) (int, error) {
	w.recordStatus()
	n, err := w.recorder.WriteString(s)
	w.notifyAwaited()
	return n, err
}

// Flush sends buffered data, beginning with the header.
func (w *writer) Flush() {
	w.recordStatus()
	w.recorder.Flush()
	w.notifyAwaited()
}

// Hijack lets the handler take over the connection.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffer, err := w.recorder.Hijack()
	w.notifyAwaited()
	return conn, buffer, err
}

// SetWriteDeadline records when the server cuts off the response.
// http.ResponseController calls it.
func (w *writer) SetWriteDeadline(deadline time.Time) error {
	return w.recorder.SetWriteDeadline(deadline)
}

// Unwrap returns the server's writer, like Unwrap of Gin's own writer. If the server's
// writer lacks http.Hijacker or http.Flusher, methods of Gin's own writer fail, so a
// handler may have to write to the server's writer directly. Unwrap then returns a writer
// that records the response and writes it to the server's writer.
func (w *writer) Unwrap() http.ResponseWriter {
	below := (*ginWriter)(w).Unwrap()
	_, hijacks := below.(http.Hijacker)
	_, flushes := below.(http.Flusher)
	if hijacks && flushes {
		return below
	}
	if w.serverWriter == nil {
		recorded, recorder := stdhttp.Record(below, w.recorder.Request())
		w.serverWriter = &serverWriter{recorded, recorder}
	}
	return w.serverWriter.ResponseWriter
}

// ginWriter is the writer to which the recorder in a [writer] writes. Its methods write to
// Gin's own writer.
type ginWriter writer

// Unwrap returns the server's writer. If this version of Gin does not provide it, Unwrap
// returns Gin's own writer.
func (b *ginWriter) Unwrap() http.ResponseWriter {
	if ginOwnWriter, ok := b.ResponseWriter.(interface{ Unwrap() http.ResponseWriter }); ok {
		return ginOwnWriter.Unwrap()
	}
	return b.ResponseWriter
}

// ServerWriter returns the server's writer, if this version of Gin provides it.
func (b *ginWriter) ServerWriter() http.ResponseWriter { return b.Unwrap() }

// FlushError flushes like Flush of Gin's own writer, but returns the error. The error
// shows that a client has disconnected.
func (b *ginWriter) FlushError() error {
	b.WriteHeaderNow()
	if serverWriter, ok := b.Unwrap().(interface {
		http.Flusher
		FlushError() error
	}); ok {
		return serverWriter.FlushError()
	}
	b.Flush()
	return nil
}

// hasStarted reports whether the response has started, so that its status can no longer
// change.
func (w *writer) hasStarted() bool {
	return w.recorder.Status() != 0 || w.recorder.Hijacked() ||
		w.serverWriter.hasStarted()
}

// hasStarted reports whether a handler has started a response through l.
func (l *serverWriter) hasStarted() bool {
	return l != nil && (l.recorder.Status() != 0 || l.recorder.Hijacked())
}

// pendingStatus returns the status that a handler has set in Gin's own writer, or 0 if no
// handler has set one.
func (w *writer) pendingStatus() int {
	status := w.ResponseWriter.Status()
	if status == http.StatusOK || isInterim(status) {
		// Gin treats an informational status as the final status, but net/http sends it
		// followed by 200.
		return 0
	}
	return status
}

// completeOutcome adds the observed response to o. statusFinal means that the server
// sends the status in Gin's own writer if nothing was sent before.
func (w *writer) completeOutcome(exchange *httpserver.Exchange, o *httpserver.Outcome, statusFinal bool) {
	notWritten := !w.ResponseWriter.Written()
	if w.ResponseWriter.Written() || statusFinal && w.pendingStatus() != 0 {
		w.recordStatus()
	}
	recorder := w.recorder.Recorded()
	if w.serverWriter.hasStarted() {
		recorder = w.serverWriter.recorder
	}
	if w.ResponseWriter.Written() {
		// Count the bytes that a handler has written to Gin's own writer directly.
		recorder.SetWritten(int64(w.ResponseWriter.Size()))
	}
	observed := recorder.Outcome(exchange, w.recorder.Request(), o.Panic, statusFinal)
	if observed.Status == 0 && statusFinal && !observed.Hijacked && observed.Aborted == httpserver.NotAborted {
		observed.Status = http.StatusOK
	}
	if notWritten && w.unmatched && (observed.Status == http.StatusNotFound || observed.Status == http.StatusMethodNotAllowed) {
		// Gin itself adds a body, and its size is not known.
		observed.ResponseSize = httpserver.Size{}
	}
	o.Status, o.ResponseSize, o.Header = observed.Status, observed.ResponseSize, observed.Header
	o.Aborted, o.Hijacked = observed.Aborted, observed.Hijacked
}

// willGinRespond reports whether Gin itself will write the response, 404 or 405, through
// c.Writer. That response is lost if a middleware has left a writer in c.Writer that drops
// responses. The server then responds with 200.
func (w *writer) willGinRespond() bool {
	status := w.ResponseWriter.Status()
	return w.unmatched && !w.hasStarted() && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed)
}

// endLater ends the exchange when the response is complete, with the response that w
// observes.
func (w *writer) endLater(exchange *httpserver.Exchange, o httpserver.Outcome, statusFinal bool) {
	w.statusFinal = statusFinal
	w.awaitedEnd = stdhttp.Await(exchange, o, w.recorder.Request(), w.currentAnswer())
}

// notifyAwaited reports the state of the response to awaitedEnd.
func (w *writer) notifyAwaited() {
	if w.awaitedEnd != nil {
		w.awaitedEnd.Saw(w.currentAnswer())
	}
}

// currentAnswer returns the current state of the response.
func (w *writer) currentAnswer() stdhttp.Answer {
	a := stdhttp.Answer{
		Status: w.recorder.Status(), Size: httpserver.Bytes(w.recorder.Written()), Sent: w.hasStarted(),
		Hijacked: w.recorder.Hijacked(), Header: w.Header(),
	}
	if !a.Sent {
		if w.statusFinal {
			a.Status = w.pendingStatus()
		}
		if w.unmatched {
			a.Size = httpserver.Size{}
		}
	}
	return a
}

// isInterim reports whether status is an interim status, after which the server sends
// another status.
func isInterim(status int) bool {
	return status < http.StatusOK && status != http.StatusSwitchingProtocols
}
