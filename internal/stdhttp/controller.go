package stdhttp

import (
	"bufio"
	"net"
	"net/http"
	"time"
)

// SetReadDeadline is called by http.ResponseController. It calls SetReadDeadline of the
// writer below, or of a writer that the writer below wraps. If none of them has the method,
// it returns http.ErrNotSupported.
func (w *Recorder) SetReadDeadline(deadline time.Time) error {
	return http.NewResponseController(w.below).SetReadDeadline(deadline)
}

// SetWriteDeadline is like SetReadDeadline. It also records the deadline, after which the
// server cuts off the response.
func (w *Recorder) SetWriteDeadline(deadline time.Time) error {
	err := http.NewResponseController(w.below).SetWriteDeadline(deadline)
	if err == nil {
		w.sentState.setDeadline(deadline)
	}
	return err
}

// EnableFullDuplex is called by http.ResponseController. It calls EnableFullDuplex of the
// writer below, or of a writer that the writer below wraps. If none of them has the method,
// it returns http.ErrNotSupported.
func (w *Recorder) EnableFullDuplex() error {
	return http.NewResponseController(w.below).EnableFullDuplex()
}

// Unwrap returns the writer below w, for http.ResponseController. Many middlewares' writers
// lack Flush, Hijack or both, but wrap a writer that may have what they lack. Above such a
// writer, Unwrap returns a controllerWriter, whose own Unwrap returns the writer below w.
func (w *Recorder) Unwrap() http.ResponseWriter {
	if w.isHijacked {
		return w.below
	}
	unwraps := implements[interface{ Unwrap() http.ResponseWriter }](w.below)
	hijacks := implements[http.Hijacker](w.below)
	flushes := implements[http.Flusher](w.below)
	if flushes && (hijacks || !unwraps) || !unwraps && !implements[interface{ FlushError() error }](w.below) {
		return w.below
	}
	return &controllerWriter{recorder: w}
}

// controllerWriter provides FlushError and Hijack for http.ResponseController if the writer
// below the recorder does not have them itself. The recorder observes these calls.
type controllerWriter struct{ recorder *Recorder }

func (c *controllerWriter) Header() http.Header         { return c.recorder.below.Header() }
func (c *controllerWriter) Write(p []byte) (int, error) { return c.recorder.Write(p) }
func (c *controllerWriter) WriteHeader(status int)      { c.recorder.WriteHeader(status) }
func (c *controllerWriter) Unwrap() http.ResponseWriter { return c.recorder.below }
func (c *controllerWriter) FlushError() error           { return c.recorder.flush() }

func (c *controllerWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return c.recorder.hijack() }
