package stdhttp

import (
	"context"
	"net/http"
	"sync"

	"github.com/samespan/samespan/core/httpserver"
)

// Late is the end of an exchange whose answer is written after the middleware
// has returned: by an error handler that the framework calls last, with the
// error that came up through all middleware.
type Late struct {
	http.ResponseWriter
	finish func(status int, size int64)
	served bool

	mu      sync.Mutex
	status  int
	written int64
	done    bool
}

// EndLate returns the writer that the answer to r must go through, r being the
// request as the server received it. finish is called once: when the server is
// done with the request, with the status written (0 for none) and the size of
// the body. Where there is no server, as in a test that calls a handler with a
// recorder, nothing tells when the request is done, so finish is called as
// soon as the status is written, the size unknown.
func EndLate(w http.ResponseWriter, r *http.Request, finish func(status int, size int64)) *Late {
	late := &Late{ResponseWriter: w, finish: finish}
	if r.Context().Value(http.ServerContextKey) != nil {
		late.served = true
		context.AfterFunc(r.Context(), late.end)
	}
	return late
}

// Unwrap returns the writer below, for http.ResponseController.
func (l *Late) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// WriteHeader notes the first final status.
func (l *Late) WriteHeader(status int) {
	l.ResponseWriter.WriteHeader(status)
	if status >= http.StatusOK {
		l.wrote(status, 0)
	}
}

func (l *Late) Write(p []byte) (int, error) {
	n, err := l.ResponseWriter.Write(p)
	l.wrote(http.StatusOK, int64(n))
	return n, err
}

func (l *Late) wrote(status int, n int64) {
	l.mu.Lock()
	if l.status == 0 {
		l.status = status
	}
	l.written += n
	l.mu.Unlock()
	if !l.served {
		l.end()
	}
}

func (l *Late) end() {
	l.mu.Lock()
	status, size, done := l.status, l.written, l.done
	l.done = true
	l.mu.Unlock()
	if done {
		return
	}
	if !l.served {
		size = httpserver.UnknownSize
	}
	l.finish(status, size)
}
