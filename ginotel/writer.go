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

// ginsOwn is the type of the writer that Gin gives every request.
var ginsOwn = reflect.TypeOf(new(gin.Context).Copy().Writer)

// isGinsOwn tells whether w is the writer that Gin gives every request. Its
// type is not exported, so that no middleware can ask for it by name, as it can
// for a writer of another middleware's.
func isGinsOwn(w gin.ResponseWriter) bool { return reflect.TypeOf(w) == ginsOwn }

// writer takes the place of Gin's own writer, has the same methods and sees
// what goes to the wire. It never takes the place of another middleware's
// writer, which that middleware or a handler may look for in c.Writer.
type writer struct {
	gin.ResponseWriter
	below    below
	request  *http.Request
	recorder recording
	// lower and lowerRecorder record the writer that Unwrap returned, where the
	// handler may write to that itself.
	lower         http.ResponseWriter
	lowerRecorder *stdhttp.Recorder
	// handover passes the exchange to the front of Use, nil without one.
	handover *handover
	// awaited is set while the answer is awaited. settled says that the status
	// which Gin's own writer holds will be sent.
	awaited   *stdhttp.Awaited
	settled   bool
	unmatched bool
}

// recording sees what goes through a writer, and identifies its request to the
// adapters of what handlers serve in process.
type recording struct {
	stdhttp.Full
	writer *writer
}

// newWriter returns a writer over Gin's own, for the answer to r.
func newWriter(own gin.ResponseWriter, r *http.Request) *writer {
	w := &writer{ResponseWriter: own, below: below{own}, request: r}
	w.recorder.writer = w
	w.recorder.Init(&w.below, r)
	return w
}

// open records the status that Gin's own writer holds and is about to send, or
// has sent for a handler that has reached it directly.
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

// Flush sends what is buffered, the header first.
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

// SetWriteDeadline records when the server cuts the answer. It is looked for by
// http.ResponseController.
func (w *writer) SetWriteDeadline(deadline time.Time) error {
	return w.recorder.SetWriteDeadline(deadline)
}

// Unwrap returns what the Unwrap of Gin's own writer does, the writer of the
// server. Where that cannot be hijacked or flushed directly, so that Gin's own
// methods fail and a handler has to look behind it, it is recorded.
func (w *writer) Unwrap() http.ResponseWriter {
	lower := w.below.Unwrap()
	_, hijacks := lower.(http.Hijacker)
	_, flushes := lower.(http.Flusher)
	if hijacks && flushes {
		return lower
	}
	if w.lower == nil {
		w.lower, w.lowerRecorder = stdhttp.Record(lower, w.request)
	}
	return w.lower
}

// below is Gin's own writer as the Recorder uses it.
type below struct{ gin.ResponseWriter }

// Unwrap returns the writer of the server, or Gin's own where a version of Gin
// does not give it.
func (b *below) Unwrap() http.ResponseWriter {
	if own, ok := b.ResponseWriter.(interface{ Unwrap() http.ResponseWriter }); ok {
		return own.Unwrap()
	}
	return b.ResponseWriter
}

// FlushError does what Gin's own Flush does and returns the error, by which a
// client that has left is seen.
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

// begun tells whether an answer has gone out, so that its status cannot change.
func (w *writer) begun() bool {
	return w.recorder.Status() != 0 || w.recorder.Hijacked() ||
		w.lowerRecorder != nil && (w.lowerRecorder.Status() != 0 || w.lowerRecorder.Hijacked())
}

// pending returns the status that Gin's own writer holds, 0 where that is not
// the handler's choice.
func (w *writer) pending() int {
	status := w.ResponseWriter.Status()
	if status == http.StatusOK || isInterim(status) {
		// Gin takes an informational status for the final one; net/http sends it
		// and then 200.
		return 0
	}
	return status
}

// complete adds to o what was seen of the answer. settled says that the status
// which Gin's own writer holds is sent now.
func (w *writer) complete(exchange *httpserver.Exchange, o *httpserver.Outcome, settled bool) {
	held := !w.ResponseWriter.Written()
	if w.ResponseWriter.Written() || settled && w.pending() != 0 {
		w.open()
	}
	recorder := &w.recorder.Recorder
	if w.lowerRecorder != nil && (w.lowerRecorder.Hijacked() || w.lowerRecorder.Status() != 0) {
		recorder = w.lowerRecorder
	}
	seen := recorder.Outcome(exchange, w.request, o.Panic, settled)
	if w.ResponseWriter.Written() {
		// A handler may have reached Gin's own writer directly.
		seen.ResponseSize = httpserver.Bytes(int64(w.ResponseWriter.Size()))
	}
	if seen.Status == 0 && settled && !seen.Hijacked && seen.Aborted == httpserver.NotAborted {
		seen.Status = http.StatusOK
	}
	if held && w.unmatched && (seen.Status == http.StatusNotFound || seen.Status == http.StatusMethodNotAllowed) {
		// Gin adds a body of its own.
		seen.ResponseSize = httpserver.Size{}
	}
	o.Status, o.ResponseSize, o.Header = seen.Status, seen.ResponseSize, seen.Header
	o.Aborted, o.Hijacked = seen.Aborted, seen.Hijacked
}

// leftToGin tells whether Gin itself is to write the answer, by c.Writer. Where a
// middleware has left a writer there that drops it, the server answers with 200.
func (w *writer) leftToGin() bool {
	status := w.ResponseWriter.Status()
	return w.unmatched && !w.begun() && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed)
}

// await leaves the end of the exchange to what w still sees of the answer.
func (w *writer) await(exchange *httpserver.Exchange, o httpserver.Outcome, settled bool) {
	w.settled = settled
	w.awaited = stdhttp.Await(exchange, o, w.request, w.answer())
}

func (w *writer) tell() {
	if w.awaited != nil {
		w.awaited.Saw(w.answer())
	}
}

// answer is the answer as it is now.
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

// isInterim tells whether another status follows on the wire.
func isInterim(status int) bool {
	return status < http.StatusOK && status != http.StatusSwitchingProtocols
}
