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

// ginsOwn is the type of Gin's own writer.
var ginsOwn = reflect.TypeOf(new(gin.Context).Copy().Writer)

// isGinsOwn reports whether w is Gin's own writer. Its type is unexported, so
// that no middleware can check for it, as it can for another middleware's
// writer.
func isGinsOwn(w gin.ResponseWriter) bool { return reflect.TypeOf(w) == ginsOwn }

// writer replaces Gin's own writer, has the same methods and records the
// response. It never replaces another middleware's writer, which that
// middleware or a handler may expect in c.Writer.
type writer struct {
	gin.ResponseWriter
	recorder stdhttp.Full
	// lower is the writer that Unwrap returned, if the handler may write to it
	// directly.
	lower *lower
	// handover passes the exchange to the front of Use; nil if there is none.
	handover *handover
	// awaited is set while the response is awaited. settled is set if the
	// status in Gin's own writer will be sent.
	awaited   *stdhttp.Awaited
	settled   bool
	unmatched bool
}

// lower is a recorded writer below Gin's own.
type lower struct {
	http.ResponseWriter
	recorder *stdhttp.Recorder
}

// identity is a writer as the identity of its request, for adapters of requests
// that a handler serves in process.
type identity writer

// Recorded returns the recorder of the response, which [stdhttp.Relate] uses.
func (i *identity) Recorded() *stdhttp.Recorder { return i.recorder.Recorded() }

// newWriter returns a writer around Gin's own, for the response to r.
func newWriter(own gin.ResponseWriter, r *http.Request) *writer {
	w := &writer{ResponseWriter: own}
	w.recorder.Init((*below)(w), r)
	return w
}

// open records the status in Gin's own writer that is about to be sent, or that
// was sent by a handler that has used that writer directly.
func (w *writer) open() {
	if !w.begun() {
		w.recorder.WriteHeader(w.ResponseWriter.Status())
	}
}

// WriteHeader sets the status, which Gin's own writer sends with the first byte
// or at the end of the handlers.
func (w *writer) WriteHeader(status int) {
	w.ResponseWriter.WriteHeader(status)
	w.settled = true
	w.tell()
}

// WriteHeaderNow sends the header.
func (w *writer) WriteHeaderNow() {
	w.open()
	w.ResponseWriter.WriteHeaderNow()
	w.tell()
}

func (w *writer) Write(p []byte) (int, error) {
	w.open()
	n, err := w.recorder.Write(p)
	w.tell()
	return n, err
}

// WriteString writes to the body.
func (w *writer) WriteString(s string) (int, error) {
	w.open()
	n, err := w.recorder.WriteString(s)
	w.tell()
	return n, err
}

// Flush sends what is buffered, beginning with the header.
func (w *writer) Flush() {
	w.open()
	w.recorder.Flush()
	w.tell()
}

// Hijack hands the connection over.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffer, err := w.recorder.Hijack()
	w.tell()
	return conn, buffer, err
}

// SetWriteDeadline records when the server cuts off the response.
// http.ResponseController calls it.
func (w *writer) SetWriteDeadline(deadline time.Time) error {
	return w.recorder.SetWriteDeadline(deadline)
}

// Unwrap returns the server's writer, like Unwrap of Gin's own writer. It is
// recorded if it cannot be hijacked or flushed directly, so that Gin's own
// methods fail and a handler has to use it.
func (w *writer) Unwrap() http.ResponseWriter {
	found := (*below)(w).Unwrap()
	_, hijacks := found.(http.Hijacker)
	_, flushes := found.(http.Flusher)
	if hijacks && flushes {
		return found
	}
	if w.lower == nil {
		recorded, recorder := stdhttp.Record(found, w.recorder.Request())
		w.lower = &lower{recorded, recorder}
	}
	return w.lower.ResponseWriter
}

// below is a writer as what its recorder writes to: Gin's own writer.
type below writer

// Unwrap returns the server's writer, or Gin's own if the version of Gin does
// not provide it.
func (b *below) Unwrap() http.ResponseWriter {
	if own, ok := b.ResponseWriter.(interface{ Unwrap() http.ResponseWriter }); ok {
		return own.Unwrap()
	}
	return b.ResponseWriter
}

// FlushError does the same as Gin's own Flush and returns the error, which
// shows that a client has disconnected.
func (b *below) FlushError() error {
	b.WriteHeaderNow()
	if lower, ok := b.Unwrap().(interface {
		http.Flusher
		FlushError() error
	}); ok {
		return lower.FlushError()
	}
	b.Flush()
	return nil
}

// begun reports whether a response was started, so that its status cannot
// change.
func (w *writer) begun() bool {
	return w.recorder.Status() != 0 || w.recorder.Hijacked() ||
		w.lower.begun()
}

// begun reports whether a handler has started a response there.
func (l *lower) begun() bool {
	return l != nil && (l.recorder.Status() != 0 || l.recorder.Hijacked())
}

// pending returns the status in Gin's own writer, or 0 if the handler did not
// choose it.
func (w *writer) pending() int {
	status := w.ResponseWriter.Status()
	if status == http.StatusOK || isInterim(status) {
		// Gin takes an informational status for the final one; net/http sends
		// it followed by 200.
		return 0
	}
	return status
}

// complete adds what was seen of the response to o. settled is set if the
// status in Gin's own writer is sent now.
func (w *writer) complete(exchange *httpserver.Exchange, o *httpserver.Outcome, settled bool) {
	held := !w.ResponseWriter.Written()
	if w.ResponseWriter.Written() || settled && w.pending() != 0 {
		w.open()
	}
	recorder := w.recorder.Recorded()
	if w.lower.begun() {
		recorder = w.lower.recorder
	}
	seen := recorder.Outcome(exchange, w.recorder.Request(), o.Panic, settled)
	if w.ResponseWriter.Written() {
		// A handler may have used Gin's own writer directly.
		seen.ResponseSize = httpserver.Bytes(int64(w.ResponseWriter.Size()))
	}
	if seen.Status == 0 && settled && !seen.Hijacked && seen.Aborted == httpserver.NotAborted {
		seen.Status = http.StatusOK
	}
	if held && w.unmatched && (seen.Status == http.StatusNotFound || seen.Status == http.StatusMethodNotAllowed) {
		// Gin adds a body itself.
		seen.ResponseSize = httpserver.Size{}
	}
	o.Status, o.ResponseSize, o.Header = seen.Status, seen.ResponseSize, seen.Header
	o.Aborted, o.Hijacked = seen.Aborted, seen.Hijacked
}

// leftToGin reports whether Gin itself will write the response through
// c.Writer. If a middleware has left a writer there that drops it, the server
// answers 200.
func (w *writer) leftToGin() bool {
	status := w.ResponseWriter.Status()
	return w.unmatched && !w.begun() && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed)
}

// await ends the exchange with what w still sees of the response.
func (w *writer) await(exchange *httpserver.Exchange, o httpserver.Outcome, settled bool) {
	w.settled = settled
	w.awaited = stdhttp.Await(exchange, o, w.recorder.Request(), w.answer())
}

func (w *writer) tell() {
	if w.awaited != nil {
		w.awaited.Saw(w.answer())
	}
}

// answer returns the current state of the response.
func (w *writer) answer() stdhttp.Answer {
	a := stdhttp.Answer{
		Status: w.recorder.Status(), Size: httpserver.Bytes(w.recorder.Written()), Sent: w.begun(),
		Hijacked: w.recorder.Hijacked(), Header: w.Header(),
	}
	if !a.Sent {
		if w.settled {
			a.Status = w.pending()
		}
		if w.unmatched {
			a.Size = httpserver.Size{}
		}
	}
	return a
}

// isInterim reports whether another status follows.
func isInterim(status int) bool {
	return status < http.StatusOK && status != http.StatusSwitchingProtocols
}
