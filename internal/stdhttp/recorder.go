package stdhttp

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

// Recorder is a response writer that wraps another writer, which is called the writer
// below. It records the status and the bytes sent, without changing them. [Record] adds the
// optional interfaces of the writer below; http.ResponseController finds others through
// Unwrap.
//
// net/http logs the source line of an invalid call, such as a second WriteHeader or a
// Write on a hijacked connection. That line must be in the application, so such a call
// must reach the writer below without a stack frame of the Recorder. Therefore, the
// methods are promoted from embedded interfaces. These hold the Recorder at first, and
// the writer below as soon as there is nothing more to record.
type Recorder struct {
	headerWriter
	bodyWriter

	// below is the wrapped writer.
	below   http.ResponseWriter
	request *http.Request
	// writtenBytes is the number of body bytes that the wrapped writer has accepted.
	writtenBytes int64
	// finalLength is the Content-Length of the header that is sent, or -1 if it has none. It is
	// set together with status. A server ignores later changes to the header, but a writer that
	// buffers the response, such as that of http.TimeoutHandler, does not.
	finalLength int64
	sentState   sentState
	// lateResponse, if not nil, is notified of what the recorder observes.
	lateResponse *Late
	// status is the final status, or 0 if none was written.
	status     int32
	isHijacked bool
	// isBypassed is set if the handler receives the wrapped writer instead of the recorder.
	isBypassed bool
	// keepsHeader is set if the recorder copies the header when it is sent.
	keepsHeader bool
}

// headerWriter is the part of an http.ResponseWriter that writes the header.
type headerWriter interface{ WriteHeader(status int) }

// bodyWriter is the part of an http.ResponseWriter that writes the body.
type bodyWriter interface {
	io.Writer
	io.StringWriter
}

// headerRecorder is the headerWriter of a Recorder until the final status is written.
// bodyRecorder is the bodyWriter of a Recorder until the connection is hijacked.
type (
	headerRecorder Recorder
	bodyRecorder   Recorder
)

// init initializes w as the recorder around below, for the response to r.
func (w *Recorder) init(below http.ResponseWriter, r *http.Request) {
	w.below, w.request = below, r
	w.headerWriter = (*headerRecorder)(w)
	w.bodyWriter = (*bodyRecorder)(w)
}

// Header returns the header of the writer below.
func (w *Recorder) Header() http.Header { return w.below.Header() }

// Request returns the request of the response.
func (w *Recorder) Request() *http.Request { return w.request }

// Status returns the final status code, or 0 if none was written.
func (w *Recorder) Status() int { return int(w.status) }

// Written returns the number of body bytes written so far.
func (w *Recorder) Written() int64 { return w.writtenBytes }

// SetWritten sets the number of body bytes. It is for a writer below that also counts
// bytes that bypassed the recorder.
func (w *Recorder) SetWritten(n int64) { w.writtenBytes = n }

// Hijacked reports whether the handler has hijacked the connection.
func (w *Recorder) Hijacked() bool { return w.isHijacked }

// WriteHeader records the first final status. net/http ignores later statuses. A status
// below 200 other than 101 is not final, and an invalid status makes net/http panic.
func (o *headerRecorder) WriteHeader(status int) {
	w := (*Recorder)(o)
	if status < http.StatusOK && w.request.ProtoMajor == 2 {
		// PrepareResponse or a Drain may have set Connection. An HTTP/2 server removes it only from
		// final responses, and clients reject it in others (RFC 9113, section 8.2.2). The
		// next response closes the connection instead.
		w.below.Header().Del("Connection")
	}
	w.below.WriteHeader(status)
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.setFinalStatus(status)
	}
	w.updateLateResponse()
}

// traceHeaderRecorder is the headerWriter of a Recorder that keeps the header traceresponse,
// until the final status is written.
type traceHeaderRecorder struct {
	*headerRecorder
	// traceResponse is the value of the header.
	traceResponse string
}

// KeepTraceResponse makes the recorder send value in the header traceresponse. A handler may
// have added the header of another service, as a reverse proxy does, or restored that of an
// earlier response, as a cache does. Call KeepTraceResponse before the handlers.
func (w *Recorder) KeepTraceResponse(value string) {
	w.headerWriter = &traceHeaderRecorder{(*headerRecorder)(w), value}
}

// WriteHeader sets the header, and records the status like [headerRecorder.WriteHeader].
func (t *traceHeaderRecorder) WriteHeader(status int) {
	(*Recorder)(t.headerRecorder).renewTraceResponse()
	t.headerRecorder.WriteHeader(status)
}

// renewTraceResponse sets the header traceresponse, if the recorder keeps it and the final
// status is not yet written.
func (w *Recorder) renewTraceResponse() {
	if t, ok := w.headerWriter.(*traceHeaderRecorder); ok {
		w.below.Header().Set(traceResponseHeader, t.traceResponse)
	}
}

func (c *bodyRecorder) Write(p []byte) (int, error) {
	w := (*Recorder)(c)
	w.recordHeaderBeforeWrite(len(p))
	n, err := w.below.Write(p)
	w.recordWritten(len(p), n, err)
	return n, err
}

// WriteString avoids copying the string if the writer below supports that.
func (c *bodyRecorder) WriteString(s string) (int, error) {
	w := (*Recorder)(c)
	w.recordHeaderBeforeWrite(len(s))
	n, err := io.WriteString(w.below, s)
	w.recordWritten(len(s), n, err)
	return n, err
}

// recordWritten records a write of length bytes, of which the writer below accepted n.
func (w *Recorder) recordWritten(length, n int, err error) {
	if err != nil {
		w.recordError(err, w.exceedsLength(length))
	}
	if !errors.Is(err, http.ErrHandlerTimeout) && !w.isHijacked {
		w.recordImplicitStatus()
	}
	w.writtenBytes += int64(n)
	w.updateLateResponse()
}

// setFinalStatus records the final status, unless one is already recorded.
func (w *Recorder) setFinalStatus(status int) {
	if w.status != 0 {
		return
	}
	w.status = int32(status)
	w.finalLength = contentLength(w.below.Header())
	w.headerWriter = w.below
	if w.keepsHeader {
		w.headerWriter = &sentHeaderWriter{w.below, w.below.Header().Clone()}
	}
}

// sentHeaderWriter is the writer below a Recorder, together with a copy of the header that
// was sent. The server does not send fields that are set later, except as trailers.
type sentHeaderWriter struct {
	headerWriter
	header http.Header
}

// KeepHeader makes the recorder copy the header when it is sent. Call KeepHeader before
// the handlers.
func (w *Recorder) KeepHeader() { w.keepsHeader = true }

// finalHeader returns the copy of the header that was sent. Without a copy, it returns
// the current header.
func (w *Recorder) finalHeader() http.Header {
	if sent, ok := w.headerWriter.(*sentHeaderWriter); ok {
		return sent.header
	}
	return w.Header()
}

// recordImplicitStatus records the status implied by the first byte of a body.
func (w *Recorder) recordImplicitStatus() { w.setFinalStatus(http.StatusOK) }

// updateLateResponse passes what has been observed so far to lateResponse. It is not nil if
// the middleware has returned before the response was complete.
func (w *Recorder) updateLateResponse() {
	if w.lateResponse != nil {
		w.lateResponse.awaited.Saw(w.currentAnswer())
	}
}

// currentAnswer returns what the recorder has observed of the response so far.
func (w *Recorder) currentAnswer() Answer {
	answer := Answer{Status: w.Status(), Size: httpserver.Bytes(w.writtenBytes), Sent: w.status != 0, Hijacked: w.isHijacked}
	if answer.Sent {
		answer.Header = w.Header()
		if w.sentState.err != nil || w.sentState.hasTimedOut(w.request) {
			// Without an error or a passed deadline, the response is not cut off: the
			// handler may write more, even after the end of the context.
			answer.Aborted = w.abortReason(w.request, nil, false)
		}
		if !w.mayHaveSentStatus(answer.Aborted) {
			answer.Status = 0
		}
	}
	if w.isHijacked {
		answer.Status = w.HijackedStatus()
	}
	return answer
}

// Recorded returns w. The writers that [Record] returns embed a Recorder, and so have this
// method: it returns the Recorder of such a writer.
func (w *Recorder) Recorded() *Recorder { return w }

// flush sends buffered data, beginning with the header.
func (w *Recorder) flush() error {
	w.renewTraceResponse()
	if w.isHeaderOnly() {
		w.sentState.recordHeaderUnlessClosed(w.request.Context())
	}
	var err error
	switch flusher := w.below.(type) {
	case interface{ FlushError() error }:
		err = flusher.FlushError()
	case http.Flusher:
		flusher.Flush()
	default:
		err = http.NewResponseController(w.below).Flush()
	}
	w.recordFlush(err)
	return err
}

// recordFlush records a flush, which sends the header.
func (w *Recorder) recordFlush(err error) {
	switch {
	case errors.Is(err, http.ErrNotSupported):
		return
	case err != nil:
		w.recordError(err, false)
	default:
		w.sentState.recordFlush(w.writtenBytes, time.Now)
	}
	if !w.isHijacked {
		w.recordImplicitStatus()
	}
	w.updateLateResponse()
}

// recordError records an error of the writer below. If exceedsLength is set, the body exceeds
// the declared length. The writer below then rejects the excess, and the client still
// receives a response of the declared length.
func (w *Recorder) recordError(err error, exceedsLength bool) {
	if errors.Is(err, http.ErrHijacked) {
		w.markHijacked()
		return
	}
	if w.sentState.err == nil && !exceedsLength && !errors.Is(err, http.ErrBodyNotAllowed) && !errors.Is(err, http.ErrContentLength) {
		w.sentState.err = err
	}
}

// hijack hijacks the connection, using the writer below or a writer that it wraps.
func (w *Recorder) hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffer, err := http.NewResponseController(w.below).Hijack()
	if err == nil {
		w.markHijacked()
		w.updateLateResponse()
	}
	return conn, buffer, err
}

// markHijacked records that the connection was hijacked.
func (w *Recorder) markHijacked() {
	w.isHijacked = true
	w.headerWriter = w.below
	if below, ok := w.below.(bodyWriter); ok {
		w.bodyWriter = below
	}
}

// readFrom lets the writer below copy src, which may use sendfile. If src returns no bytes,
// no status is recorded: the handler may still respond with an error.
func (w *Recorder) readFrom(src io.Reader) (int64, error) {
	w.renewTraceResponse()
	n, err := w.below.(io.ReaderFrom).ReadFrom(src)
	if n > 0 {
		w.recordImplicitStatus()
	}
	w.writtenBytes += n
	if w.writtenBytes > w.maxBuffered() {
		w.sentState.recordSentHeader()
	}
	if err != nil && isWriteError(err) {
		w.recordError(err, false)
	}
	w.updateLateResponse()
	return n, err
}

// closeNotify calls the CloseNotify method of the writer below, which must have it.
func (w *Recorder) closeNotify() <-chan bool {
	return w.below.(closeNotifier).CloseNotify()
}

// push calls the Push method of the writer below, which must have it.
func (w *Recorder) push(target string, options *http.PushOptions) error {
	return w.below.(http.Pusher).Push(target, options)
}
