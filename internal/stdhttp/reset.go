package stdhttp

import (
	"net/http"
	"time"
)

// resetTimeout is how long an HTTP/2 server may take to report a closed stream. The
// request's context ends before the report. In a busy process, the goroutines that make
// the report wait for a CPU, for some tens of milliseconds each. A response waits that long
// only if the application has canceled its context.
const resetTimeout = 500 * time.Millisecond

// frameworkWriter is a framework's writer that wraps the server's writer. ServerWriter
// returns the server's writer.
type frameworkWriter interface{ ServerWriter() http.ResponseWriter }

// isReset reports whether the HTTP/2 stream of r was closed before everything written was
// sent. The context of r must have been canceled. Buffered data of a closed stream is
// never sent.
//
// Over HTTP/1, isReset returns false, since a closed connection looks the same as a client
// that has closed only its sending side. The result is also false if the application has
// canceled the context, for example its server's BaseContext: the stream is still open.
func (w *Recorder) isReset(r *http.Request) (reset bool) {
	if r.ProtoMajor != 2 || w.sentState.sentBytes >= w.writtenBytes {
		return false
	}
	writer := w.below
	if wrapper, ok := writer.(frameworkWriter); ok {
		writer = wrapper.ServerWriter()
	}
	notifier, ok := writer.(closeNotifier)
	if !ok {
		return false
	}
	// The handler does not wait for this goroutine. The server's CloseNotify panics if the
	// handler has returned.
	defer func() { _ = recover() }()
	select {
	case <-notifier.CloseNotify():
		return true
	case <-time.After(resetTimeout):
		return false
	}
}
