package stdhttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

const (
	// held is more than net/http keeps of an answer in its buffers before it sends
	// the header and the first bytes.
	held = 8 << 10
	// heldHTTP2 is what it keeps over HTTP/2.
	heldHTTP2 = 4 << 10
)

// wire is what the writer below has shown of how far an answer got.
type wire struct {
	// deadline is when the server cuts the answer, zero for never.
	deadline time.Time
	// err is the first error of a write.
	err error
	// sent are the bytes of the body that a flush has sent, -1 before one.
	sent int64
	// headed says that the header was sent.
	headed bool
}

// start reads the deadline of the server of r.
func (s *wire) start(r *http.Request) {
	s.sent = -1
	if server, _ := r.Context().Value(http.ServerContextKey).(*http.Server); server != nil && server.WriteTimeout > 0 {
		// The server's own is a little earlier: it counts from the header's end.
		s.deadline = time.Now().Add(server.WriteTimeout)
	}
}

// open tells whether nothing is known to have closed the answer.
func (s *wire) open(ctx context.Context) bool {
	return ctx.Err() == nil && (s.deadline.IsZero() || time.Now().Before(s.deadline))
}

// grows records that the next write is of length bytes: it sends the header
// where the body is more than the server holds back then.
func (w *Recorder) grows(length int) {
	if !w.wire.headed && w.written+int64(length) > w.held() {
		w.wire.headed = w.wire.open(w.request.Context())
	}
}

func (w *Recorder) held() int64 {
	if w.request.ProtoMajor == 2 {
		return heldHTTP2
	}
	return held
}

// endsWithHeader tells whether the header is all of the answer, and closes the
// stream of HTTP/2 that it goes out on: the request's context ends then, and
// what is written further fails.
func (w *Recorder) endsWithHeader() bool {
	return w.request.ProtoMajor == 2 && w.request.Method == http.MethodHead
}

// flushed records that written bytes of the body were sent. Nothing can be
// sent past a deadline, so one that is sent then has been lifted further out.
func (s *wire) flushed(written int64, now func() time.Time) {
	s.sent, s.headed = written, true
	if !s.deadline.IsZero() && now().After(s.deadline) {
		s.deadline = time.Time{}
	}
}

// expired tells whether the server has cut the answer by its deadline.
func (s *wire) expired(r *http.Request) bool {
	if s.deadline.IsZero() || !time.Now().After(s.deadline) {
		return false
	}
	// HTTP/2 resets the stream, which ends the context.
	return r.ProtoMajor == 1 || r.Context().Err() != nil
}

// Outcome returns what the recorder has seen of the answer to r, the request
// as the server received it, once the handlers have returned: Status,
// ResponseSize, Panic, Aborted, Hijacked and Header. panicked is what the handlers
// panicked with, nil if they did not, and returned says that they have returned:
// one that does neither has ended its goroutine, and the connection with it.
//
// An answer was cut where a write failed, where the server's write deadline
// passed or the server closed before the last byte was flushed, or where the
// request's context was cancelled before anything, or all of a declared length,
// was written, or the handler aborted for it. The end of the context proves
// nothing else: it also ends when a client closes its sending side, or when it
// has the whole answer and leaves.
func (w *Recorder) Outcome(exchange *httpserver.Exchange, r *http.Request, panicked any, returned bool) httpserver.Outcome {
	o := httpserver.Outcome{
		Status:       w.status,
		ResponseSize: httpserver.Bytes(w.written),
		Panic:        panicked,
		Hijacked:     w.hijacked,
		Header:       Header(w.Header()),
	}
	if w.unseen {
		o.Status, o.ResponseSize = httpserver.UnknownStatus, httpserver.Size{}
		return o
	}
	if w.hijacked {
		if w.status == 0 && r.Method == http.MethodConnect {
			// Like the 101 of others, what is written to the connection is not
			// seen; there is no other status that opens a tunnel.
			o.Status = http.StatusOK
		}
		return o
	}
	o.Aborted = w.aborted(r, panicked, exchange.ServerIsClosed())
	if o.Aborted == httpserver.NotAborted && !returned && panicked == nil {
		o.Aborted = httpserver.AbortedByServer
	}
	if !w.reached(o.Aborted) || !returned && panicked == any(http.ErrAbortHandler) && !w.wire.headed {
		o.Status = 0
	}
	return o
}

// reached tells whether the status may have reached the wire: where the answer
// was cut, the header may still have been in the server's buffer.
func (w *Recorder) reached(abort httpserver.Abort) bool {
	return abort == httpserver.NotAborted || w.wire.headed && !errors.Is(w.wire.err, http.ErrHandlerTimeout)
}

// aborted tells what cut the answer to r.
func (w *Recorder) aborted(r *http.Request, panicked any, serverClosed bool) httpserver.Abort {
	cause := context.Cause(r.Context())
	if errors.Is(cause, context.DeadlineExceeded) {
		if w.status == 0 && panicked == nil {
			// What set the deadline, further out, answers in place of the handler.
			return httpserver.AbortedByTimeout
		}
		w.askHandlerTimeout()
	}
	expired := w.wire.expired(r)
	switch {
	case w.wire.headed && w.endsWithHeader():
		return httpserver.NotAborted
	case w.wire.err != nil && (cause != nil || expired || isWriteError(w.wire.err)):
	case w.whole(r):
		return httpserver.NotAborted
	case expired, serverClosed:
	case errors.Is(cause, context.Canceled) &&
		(w.status == 0 || w.written < w.declared(r) || panicked == any(http.ErrAbortHandler)):
	default:
		return httpserver.NotAborted
	}
	switch {
	case expired, errors.Is(w.wire.err, os.ErrDeadlineExceeded), errors.Is(w.wire.err, http.ErrHandlerTimeout):
		return httpserver.AbortedByTimeout
	case serverClosed, errors.Is(w.wire.err, net.ErrClosed):
		return httpserver.AbortedByServer
	default:
		return httpserver.AbortedByClient
	}
}

// askHandlerTimeout finds out whether an http.TimeoutHandler further out, whose
// deadline has passed, has answered in place of the handler: what that wrote
// went nowhere then. Writing nothing tells that and has no other effect on an
// answer that has begun.
func (w *Recorder) askHandlerTimeout() {
	if w.status == 0 || w.wire.err != nil {
		return
	}
	if _, err := w.below.Write(nil); errors.Is(err, http.ErrHandlerTimeout) {
		w.wire.err = err
	}
}

// whole tells whether all of the answer is known to be sent.
func (w *Recorder) whole(r *http.Request) bool {
	if w.wire.sent < w.written || w.wire.sent < 0 {
		return false
	}
	if isBodiless(r.Method, w.status) {
		return true
	}
	// HTTP/2 ends a body by a flag that goes out when the handler returns.
	declared := w.declared(r)
	return r.ProtoMajor == 1 && declared >= 0 && w.written >= declared
}

// declared returns the length of the body that the header declares, -1 where
// it does not, and 0 where the answer has none.
func (w *Recorder) declared(r *http.Request) int64 {
	if isBodiless(r.Method, w.status) {
		return 0
	}
	return contentLength(w.Header())
}

// overlong tells whether length more bytes are more than the header declares.
func (w *Recorder) overlong(length int) bool {
	declared := contentLength(w.Header())
	return declared >= 0 && w.written+int64(length) > declared
}

func contentLength(header http.Header) int64 {
	length, err := strconv.ParseInt(first(header["Content-Length"]), 10, 64)
	if err != nil || length < 0 {
		return -1
	}
	return length
}

// isBodiless tells whether an answer has no body: RFC 9110, section 6.4.1.
func isBodiless(method string, status int) bool {
	return method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
}

// isWriteError tells an error of the connection that a copy writes to from one
// of the source that it reads.
func isWriteError(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrHandlerTimeout) {
		return !isReadError(err)
	}
	var op *net.OpError
	return errors.As(err, &op) && !isReadError(err)
}

func isReadError(err error) bool {
	for op := (*net.OpError)(nil); errors.As(err, &op); err = op.Err {
		if op.Op == "read" {
			return true
		}
	}
	return false
}
