package stdhttp

import (
	"bufio"
	"net"
	"net/http"
	"time"
)

// SetReadDeadline implements what http.ResponseController looks for. Where the
// writer below has no such method, its error is http.ErrNotSupported.
func (w *Recorder) SetReadDeadline(deadline time.Time) error {
	return http.NewResponseController(w.below).SetReadDeadline(deadline)
}

// SetWriteDeadline is like SetReadDeadline, and records when the answer is cut.
func (w *Recorder) SetWriteDeadline(deadline time.Time) error {
	err := http.NewResponseController(w.below).SetWriteDeadline(deadline)
	if err == nil {
		w.wire.deadline = deadline
	}
	return err
}

// EnableFullDuplex is like SetReadDeadline.
func (w *Recorder) EnableFullDuplex() error {
	return http.NewResponseController(w.below).EnableFullDuplex()
}

// Unwrap returns the writer below, for http.ResponseController. That looks for
// Flush and Hijack in the writers behind it where the recorded one has neither,
// because the writer below has them only from one that it wraps, as one of a
// middleware may: Unwrap then returns a writer that has both, is seen by the
// Recorder, and unwraps to the one below.
func (w *Recorder) Unwrap() http.ResponseWriter {
	if w.hijacked {
		return w.below
	}
	unwraps := is[interface{ Unwrap() http.ResponseWriter }](w.below)
	hijacks := is[http.Hijacker](w.below)
	flushes := is[http.Flusher](w.below)
	if flushes && (hijacks || !unwraps) || !unwraps && !is[interface{ FlushError() error }](w.below) {
		return w.below
	}
	return &controlled{recorder: w}
}

// controlled is the writer below a Recorder with the methods that
// http.ResponseController finds behind it.
type controlled struct{ recorder *Recorder }

func (c *controlled) Header() http.Header         { return c.recorder.below.Header() }
func (c *controlled) Write(p []byte) (int, error) { return c.recorder.Write(p) }
func (c *controlled) WriteHeader(status int)      { c.recorder.WriteHeader(status) }
func (c *controlled) Unwrap() http.ResponseWriter { return c.recorder.below }
func (c *controlled) FlushError() error           { return c.recorder.flush() }

func (c *controlled) Hijack() (net.Conn, *bufio.ReadWriter, error) { return c.recorder.hijack() }
