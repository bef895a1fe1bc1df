package ginotel

import (
	"bufio"
	"net"
	"net/http"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/stdhttp"
)

// ginWriterType is the type of Gin's own writer. That type is unexported, so it is read from
// a copy of a context.
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
	// recorder records the response and writes it to Gin's own writer.
	recorder stdhttp.Full
	// unwrappedWriter is not nil if Unwrap has returned its ResponseWriter. A handler may
	// then bypass Gin's own writer. The pointer is atomic because a goroutine may call Unwrap
	// through http.ResponseController, to set a deadline, while the handler writes.
	unwrappedWriter atomic.Pointer[unwrappedWriter]
	// deferredEnd is the deferredEnd of the exchange. It is nil if there is no outer handler.
	deferredEnd *deferredEnd
	// awaitedEnd ends the exchange when the response is complete. It is nil unless endLater
	// was called.
	awaitedEnd *stdhttp.Awaited
	// statusFinal is set if the server will send the status in Gin's own writer, unless
	// an outer middleware changes that status.
	statusFinal bool
	// unmatched is set if no route matches the request.
	unmatched bool
	// context is the *gin.Context of the exchange that the writer identifies. It is only
	// compared with other contexts while that exchange is open.
	context *gin.Context
}

// unwrappedWriter is the writer that Unwrap returns, with its recorder. It records a response
// that a handler writes directly to the server's writer, to which Gin's own writer also
// writes.
type unwrappedWriter struct {
	http.ResponseWriter
	recorder *stdhttp.Recorder
}

// requestIdentity is the type under which a *writer is passed to
// httpserver.Exchange.Identify. A nested exchange compares the outer exchange's identity
// with c.Writer, to decide whether the two exchanges are for the same request.
type requestIdentity writer

// Recorded returns the recorder of the response. [stdhttp.Relate] calls this method.
func (i *requestIdentity) Recorded() *stdhttp.Recorder { return i.recorder.Recorded() }

// KeepHeader makes the recorder keep a copy of the header at the time when the header is
// sent.
func (i *requestIdentity) KeepHeader() { i.recorder.KeepHeader() }

// KeepTraceResponse makes the recorder send value in the header traceresponse.
func (i *requestIdentity) KeepTraceResponse(value string) { i.recorder.KeepTraceResponse(value) }

// foreignIdentity identifies an exchange, like requestIdentity, if c.Writer is another
// middleware's writer, so that no writer of ours records the response.
type foreignIdentity struct {
	context  *gin.Context
	recorder *stdhttp.Recorder
}

// Recorded returns a recorder that records nothing. [stdhttp.Relate] calls this method.
func (i *foreignIdentity) Recorded() *stdhttp.Recorder { return i.recorder }

// newWriter returns a writer around Gin's own writer, for the response to r.
func newWriter(ginOwnWriter gin.ResponseWriter, r *http.Request) *writer {
	w := &writer{ResponseWriter: ginOwnWriter}
	w.recorder.Init((*recorderTarget)(w), r)
	return w
}

// recordStatus records the status that is set in Gin's own writer. It is called before that
// status is sent, or after a handler has sent it through Gin's own writer directly.
func (w *writer) recordStatus() {
	if !w.hasStarted() {
		w.recorder.WriteHeader(w.ResponseWriter.Status())
	}
}

// WriteHeader sets the status. Gin's own writer sends it with the first byte of the body, or
// when the handlers have returned.
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

// SetWriteDeadline sets the time at which the server cuts off the response, and records it.
// http.ResponseController calls this method.
func (w *writer) SetWriteDeadline(deadline time.Time) error {
	return w.recorder.SetWriteDeadline(deadline)
}

// Unwrap returns the server's writer, like Unwrap of Gin's own writer. If the server's
// writer lacks http.Hijacker or http.Flusher, methods of Gin's own writer fail, so a
// handler may have to write to the server's writer directly. Unwrap then returns a writer
// that records the response and writes it to the server's writer.
func (w *writer) Unwrap() http.ResponseWriter {
	below := (*recorderTarget)(w).Unwrap()
	_, hijacks := below.(http.Hijacker)
	_, flushes := below.(http.Flusher)
	if hijacks && flushes {
		return below
	}
	if w.unwrappedWriter.Load() == nil {
		recorded, recorder := stdhttp.Record(below, w.recorder.Request())
		w.unwrappedWriter.CompareAndSwap(nil, &unwrappedWriter{recorded, recorder})
	}
	return w.unwrappedWriter.Load().ResponseWriter
}

// recorderTarget is the writer to which the recorder in a [writer] writes. Its methods write
// to Gin's own writer.
type recorderTarget writer

// Unwrap returns the server's writer. In versions of Gin whose writer has no Unwrap, it
// returns Gin's own writer.
func (t *recorderTarget) Unwrap() http.ResponseWriter {
	if ginOwnWriter, ok := t.ResponseWriter.(interface{ Unwrap() http.ResponseWriter }); ok {
		return ginOwnWriter.Unwrap()
	}
	return t.ResponseWriter
}

// ServerWriter returns the same writer as Unwrap. Package stdhttp calls it to find the
// server's writer.
func (t *recorderTarget) ServerWriter() http.ResponseWriter { return t.Unwrap() }

// FlushError flushes like Flush of Gin's own writer, but returns the error. An error can
// mean that the client has disconnected.
func (t *recorderTarget) FlushError() error {
	t.WriteHeaderNow()
	if serverWriter, ok := t.Unwrap().(interface {
		http.Flusher
		FlushError() error
	}); ok {
		return serverWriter.FlushError()
	}
	t.Flush()
	return nil
}

// hasStarted reports whether the response has started, so that its status can no longer
// change.
func (w *writer) hasStarted() bool {
	return w.recorder.Status() != 0 || w.recorder.Hijacked() ||
		w.unwrappedWriter.Load().hasStarted()
}

// hasStarted reports whether a handler has started a response through w. w may be nil.
func (w *unwrappedWriter) hasStarted() bool {
	return w != nil && (w.recorder.Status() != 0 || w.recorder.Hijacked())
}

// pendingStatus returns the status that is set in Gin's own writer. It returns 0 if that is
// 200, which is the default, or an informational status.
func (w *writer) pendingStatus() int {
	status := w.ResponseWriter.Status()
	if status == http.StatusOK || isInterim(status) {
		// Gin treats an informational status as the final status, but net/http sends it
		// followed by 200.
		return 0
	}
	return status
}

// completeOutcome adds the observed response to o. If statusFinal is true and no status was
// sent yet, the server will send the status in Gin's own writer.
func (w *writer) completeOutcome(exchange *httpserver.Exchange, o *httpserver.Outcome, statusFinal bool) {
	notWritten := !w.ResponseWriter.Written()
	if w.ResponseWriter.Written() || statusFinal && w.pendingStatus() != 0 {
		w.recordStatus()
	}
	recorder := w.recorder.Recorded()
	if unwrapped := w.unwrappedWriter.Load(); unwrapped.hasStarted() {
		recorder = unwrapped.recorder
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
		// Gin itself adds a body, whose size is not known.
		observed.ResponseSize = httpserver.Size{}
	}
	o.Status, o.ResponseSize, o.Header = observed.Status, observed.ResponseSize, observed.Header
	o.Aborted, o.Hijacked = observed.Aborted, observed.Hijacked
}

// willGinRespond reports whether Gin itself will write the response, a 404 or a 405, through
// c.Writer. The status is then not final: if a middleware has put a writer that discards
// responses into c.Writer, the server responds with 200 instead.
func (w *writer) willGinRespond() bool {
	status := w.ResponseWriter.Status()
	return w.unmatched && !w.hasStarted() && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed)
}

// endLater arranges that the exchange ends when the response is complete. The outcome then
// has the response that w has observed. statusFinal has the same meaning as the field.
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

// currentAnswer returns what is known of the response at this moment.
func (w *writer) currentAnswer() stdhttp.Answer {
	a := stdhttp.Answer{
		Status: w.recorder.Status(), Size: httpserver.Bytes(w.recorder.Written()), Sent: w.hasStarted(),
		Hijacked: w.recorder.Hijacked(), Header: w.Header(),
	}
	if a.Hijacked {
		a.Status = w.recorder.HijackedStatus()
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
