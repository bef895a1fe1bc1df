package stdhttp

import (
	"net/http"
	"time"
)

// resetTimeout is how long an HTTP/2 server may take to report a closed stream. Its
// context ends a moment earlier.
const resetTimeout = 10 * time.Millisecond

// frameworkWriter is a framework's own writer around the server's, which
// ServerWriter returns.
type frameworkWriter interface{ ServerWriter() http.ResponseWriter }

// isReset reports whether the HTTP/2 stream of r, whose context was canceled, was
// closed before everything that was written was sent: what is buffered never will
// be. Over HTTP/1 that cannot be told from a client that has closed only its sending
// side. The context may also be canceled by the application, as its server's
// BaseContext; then the stream is open.
func (w *Recorder) isReset(r *http.Request) (reset bool) {
	if r.ProtoMajor != 2 || w.sentState.sentBytes >= w.written {
		return false
	}
	writer := w.below
	if own, ok := writer.(frameworkWriter); ok {
		writer = own.ServerWriter()
	}
	server, ok := writer.(closeNotifier)
	if !ok {
		return false
	}
	// The server's CloseNotify panics once its handler has returned, without waiting
	// for this goroutine.
	defer func() { _ = recover() }()
	select {
	case <-server.CloseNotify():
		return true
	case <-time.After(resetTimeout):
		return false
	}
}
