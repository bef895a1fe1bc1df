package stdhttp

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

const (
	// maxBufferedHTTP1 is an upper limit of the bytes that net/http buffers over HTTP/1. If a
	// body is larger, net/http has sent the header and the first bytes.
	maxBufferedHTTP1 = 8 << 10
	// maxBufferedHTTP2 is the same limit for HTTP/2.
	maxBufferedHTTP2 = 4 << 10
)

// sentState records how much of a response was sent, as far as the writer below shows it.
type sentState struct {
	// writeDeadline is the deadline at which the server cuts off the response. It is atomic
	// because another goroutine may set it while the handler writes.
	writeDeadline atomic.Int64
	// err is the first error of a write.
	err error
	// sentBytes is the number of body bytes that a flush has sent. Before the first
	// flush, it is sentHeader if a write has sent the header, and otherwise sentNothing.
	sentBytes int64
}

// These are the values of sentBytes before the first flush.
const (
	sentNothing int64 = -2
	sentHeader  int64 = -1
)

// deadline is a point in time on the monotonic clock, as the duration since processStart.
// Zero means no deadline. It is a third of the size of a time.Time.
type deadline time.Duration

// deadline returns the time at which the server cuts off the response.
func (s *sentState) deadline() deadline { return deadline(s.writeDeadline.Load()) }

// setDeadline sets the time at which the server cuts off the response.
func (s *sentState) setDeadline(t time.Time) { s.writeDeadline.Store(int64(deadlineAt(t))) }

// copyFrom copies from to s.
func (s *sentState) copyFrom(from *sentState) {
	s.writeDeadline.Store(from.writeDeadline.Load())
	s.err, s.sentBytes = from.err, from.sentBytes
}

// processStart is the time to which deadlines are relative.
var processStart = time.Now()

// deadlineAt returns the deadline at t, or none if t is the zero time.
func deadlineAt(t time.Time) deadline {
	if t.IsZero() {
		return 0
	}
	return cmp.Or(deadline(t.Sub(processStart)), 1)
}

// hasPassed reports whether the deadline was before now.
func (d deadline) hasPassed(now time.Time) bool {
	return d != 0 && now.Sub(processStart) > time.Duration(d)
}

// init prepares s for the response to r, of which nothing has been sent. The deadline is the
// write timeout of r's server from now.
func (s *sentState) init(r *http.Request) {
	s.sentBytes = sentNothing
	if server, _ := r.Context().Value(http.ServerContextKey).(*http.Server); server != nil && server.WriteTimeout > 0 {
		// The server's own deadline is slightly earlier: it starts at the end
		// of the request header.
		s.setDeadline(time.Now().Add(server.WriteTimeout))
	}
}

// isHeaderSent reports whether the header was sent.
func (s *sentState) isHeaderSent() bool { return s.sentBytes != sentNothing }

// recordSentHeader records that the header was sent.
func (s *sentState) recordSentHeader() { s.sentBytes = max(s.sentBytes, sentHeader) }

// recordHeaderUnlessClosed records that the server is about to send the header. It does
// nothing if ctx, the context of the request, has ended or the deadline has passed.
func (s *sentState) recordHeaderUnlessClosed(ctx context.Context) {
	if d := s.deadline(); ctx.Err() == nil && (d == 0 || !d.hasPassed(time.Now())) {
		s.recordSentHeader()
	}
}

// recordHeaderBeforeWrite is called before a write of length bytes. If this write exceeds
// the server's buffer, the server sends the header, which recordHeaderBeforeWrite records. The
// first write makes the header final.
func (w *Recorder) recordHeaderBeforeWrite(length int) {
	w.renewTraceResponse()
	if !w.sentState.isHeaderSent() && w.writtenBytes+int64(length) > w.maxBuffered() {
		w.sentState.recordHeaderUnlessClosed(w.request.Context())
	}
}

// maxBuffered returns an upper limit of the bytes that the server buffers.
func (w *Recorder) maxBuffered() int64 {
	if w.request.ProtoMajor == 2 {
		return maxBufferedHTTP2
	}
	return maxBufferedHTTP1
}

// isHeaderOnly reports whether the header is the whole response and closes its HTTP/2
// stream. In that case, the request's context ends with the header, and writes fail.
func (w *Recorder) isHeaderOnly() bool {
	return w.request.ProtoMajor == 2 && w.request.Method == http.MethodHead
}

// recordFlush records a successful flush. written is the number of body bytes that are now
// sent. A flush fails after the server's deadline. So if the known deadline has passed, an
// outer handler must have removed it, and recordFlush removes it from s.
func (s *sentState) recordFlush(written int64, now func() time.Time) {
	s.sentBytes = written
	if d := s.deadline(); d != 0 && d.hasPassed(now()) {
		s.writeDeadline.CompareAndSwap(int64(d), 0)
	}
}

// hasTimedOut reports whether the server's deadline has cut off the response.
func (s *sentState) hasTimedOut(r *http.Request) bool {
	if d := s.deadline(); d == 0 || !d.hasPassed(time.Now()) {
		return false
	}
	// Over HTTP/2, the server resets the stream at the deadline, which ends the context. As
	// long as the context has not ended, the response is not cut off.
	return r.ProtoMajor == 1 || r.Context().Err() != nil
}

// Outcome returns what the recorder has observed of the response after the handlers:
// Status, ResponseSize, Panic, Aborted, Hijacked and Header. r is the request as the
// server received it. panicked is the value of the handlers' panic, or nil. returned is
// set if the handlers have returned. A handler that neither returned nor panicked has
// ended its goroutine, which closes the connection.
//
// A response was cut off in these cases:
//   - a write failed
//   - the server's write deadline passed, or the server closed, before the last byte was
//     flushed
//   - the request's context was canceled before anything was written, or before the whole
//     declared length was written
//   - the handler aborted because the context was canceled
//   - the context was canceled and the HTTP/2 stream was closed before everything written
//     was sent
//   - the handler returned after it had written less or more than the declared length
//
// The end of the context is not sufficient by itself: the context also ends when a client
// closes its sending side, or disconnects after receiving the whole response.
func (w *Recorder) Outcome(exchange *httpserver.Exchange, r *http.Request, panicked any, returned bool) httpserver.Outcome {
	o := httpserver.Outcome{
		Status:       w.Status(),
		ResponseSize: httpserver.Bytes(w.writtenBytes),
		Panic:        panicked,
		Hijacked:     w.isHijacked,
		Header:       ResponseHeader(w.finalHeader()),
	}
	if w.isBypassed {
		o.Status, o.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
		return o
	}
	if returned {
		w.renewTraceResponse() // if nothing was written, the server sends the header only now
	}
	if w.isHijacked {
		o.Status = w.HijackedStatus()
		return o
	}
	o.Aborted = w.abortReason(r, panicked, exchange.ServerIsClosed())
	if o.Aborted == httpserver.NotAborted && !returned && panicked == nil {
		o.Aborted = httpserver.AbortedByServer
	}
	if !w.mayHaveSentStatus(o.Aborted) || !returned && panicked == any(http.ErrAbortHandler) && !w.sentState.isHeaderSent() {
		o.Status = 0
	}
	if o.Aborted == httpserver.NotAborted && returned && w.status != 0 {
		if declared := w.declaredLength(r); declared > 0 && w.writtenBytes != declared {
			// The server sends the data written so far and closes the connection or the
			// stream.
			o.Aborted = httpserver.AbortedByServer
		}
	}
	return o
}

// HijackedStatus returns the status of a hijacked connection. The recorder cannot see a status
// that the handler writes directly to the connection. 0 means that an upgrade is likely: the
// engine then records 101.
func (w *Recorder) HijackedStatus() int {
	switch {
	case w.status != 0:
		return w.Status()
	case w.request.Method == http.MethodConnect:
		return http.StatusOK // only 200 opens a tunnel
	case w.request.Header.Get("Upgrade") == "":
		// A server must not switch protocols without being asked (RFC 9110, section 7.8). The
		// handler has sent a response itself or has only closed the connection.
		return httpserver.UnknownStatus
	default:
		return 0
	}
}

// mayHaveSentStatus reports whether the server may have sent the status. If the response was
// cut off, the header may still have been in the server's buffer.
func (w *Recorder) mayHaveSentStatus(abort httpserver.Abort) bool {
	return abort == httpserver.NotAborted || w.sentState.isHeaderSent() && !errors.Is(w.sentState.err, http.ErrHandlerTimeout)
}

// abortReason returns why the response to r was cut off, or NotAborted. panicked is the value
// of the handlers' panic, or nil. serverClosed is set if the service has closed its server.
func (w *Recorder) abortReason(r *http.Request, panicked any, serverClosed bool) httpserver.Abort {
	cause := context.Cause(r.Context())
	if errors.Is(cause, context.DeadlineExceeded) {
		if w.status == 0 && panicked == nil {
			// The outer code that set the deadline responds instead of the handler.
			return httpserver.AbortedByTimeout
		}
		w.detectHandlerTimeout()
	}
	deadlineExpired := w.sentState.hasTimedOut(r)
	switch {
	case w.sentState.isHeaderSent() && w.isHeaderOnly():
		return httpserver.NotAborted
	case w.sentState.err != nil && (cause != nil || deadlineExpired || isWriteError(w.sentState.err)):
	case w.isComplete(r):
		return httpserver.NotAborted
	case deadlineExpired, serverClosed:
	case errors.Is(cause, context.Canceled) &&
		(w.status == 0 || w.writtenBytes < w.declaredLength(r) || panicked == any(http.ErrAbortHandler) || w.isReset(r)):
	default:
		return httpserver.NotAborted
	}
	switch {
	case deadlineExpired, errors.Is(w.sentState.err, os.ErrDeadlineExceeded), errors.Is(w.sentState.err, http.ErrHandlerTimeout):
		return httpserver.AbortedByTimeout
	case serverClosed, errors.Is(w.sentState.err, net.ErrClosed):
		return httpserver.AbortedByServer
	default:
		return httpserver.AbortedByClient
	}
}

// detectHandlerTimeout records http.ErrHandlerTimeout if an outer http.TimeoutHandler has
// responded instead of the handler and has discarded the handler's response. An empty write
// returns that error. The empty write has no other effect, since the response has started.
func (w *Recorder) detectHandlerTimeout() {
	if w.status == 0 || w.sentState.err != nil {
		return
	}
	if _, err := w.below.Write(nil); errors.Is(err, http.ErrHandlerTimeout) {
		w.sentState.err = err
	}
}

// isComplete reports whether the whole response is known to have been sent.
func (w *Recorder) isComplete(r *http.Request) bool {
	if w.sentState.sentBytes < w.writtenBytes || w.sentState.sentBytes < 0 {
		return false
	}
	if isBodiless(r.Method, w.Status()) {
		return true
	}
	// Over HTTP/2, a response is complete only after the handler has returned: the server
	// then sends the flag that ends the body.
	declared := w.declaredLength(r)
	return r.ProtoMajor == 1 && declared >= 0 && w.writtenBytes >= declared
}

// declaredLength returns the length that the header declares: -1 if it declares none, and
// 0 if the response has no body. The status must have been written.
func (w *Recorder) declaredLength(r *http.Request) int64 {
	if isBodiless(r.Method, w.Status()) {
		return 0
	}
	return w.finalLength
}

// exceedsLength reports whether length more bytes would exceed the declared length.
func (w *Recorder) exceedsLength(length int) bool {
	declared := w.finalLength
	if w.status == 0 {
		declared = contentLength(w.Header())
	}
	return declared >= 0 && w.writtenBytes+int64(length) > declared
}

// contentLength returns the Content-Length in header, or -1 if there is no valid one.
func contentLength(header http.Header) int64 {
	declared := firstValue(header["Content-Length"])
	if declared == "" {
		return -1 // avoids the error that strconv would allocate
	}
	length, err := strconv.ParseInt(declared, 10, 64)
	if err != nil || length < 0 {
		return -1
	}
	return length
}

// isBodiless reports whether a response has no body (RFC 9110, section 6.4.1).
func isBodiless(method string, status int) bool {
	return method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
}

// isWriteError reports whether err, an error of a copy, is an error of the destination
// and not of the source.
func isWriteError(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrHandlerTimeout) {
		return !isReadError(err)
	}
	var op *net.OpError
	return errors.As(err, &op) && !isReadError(err)
}

// isReadError reports whether err is an error of reading from a network connection.
func isReadError(err error) bool {
	for op := (*net.OpError)(nil); errors.As(err, &op); err = op.Err {
		if op.Op == "read" {
			return true
		}
	}
	return false
}
