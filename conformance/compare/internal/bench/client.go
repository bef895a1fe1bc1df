package bench

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
)

// overHTTP returns clients that call h as net/http's server does, without a connection.
// Only the code between the server and the handler is measured.
func overHTTP(h http.Handler, s *setup) service {
	paths := s.paths()
	return func() client {
		// The context is not canceled while the client is in use.
		ctx, cancel := context.WithCancel(context.WithValue(context.Background(), http.ServerContextKey, &http.Server{}))
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+paths[0], http.NoBody)
		if err != nil {
			panic(err) // the URL is a constant
		}
		request.RemoteAddr = peerAddr
		request.Header = http.Header{
			"User-Agent": {userAgent}, "Accept-Encoding": {"gzip"}, "Traceparent": {s.mode.caller()},
		}
		w := &discard{header: make(http.Header)}
		runtime.AddCleanup(w, func(cancel context.CancelFunc) { cancel() }, cancel)
		return func(n int) {
			var frame serverFrame
			defer runtime.KeepAlive(&frame)
			for i := range n {
				clear(w.header)
				request.URL.Path = paths[i%len(paths)]
				request.RequestURI = request.URL.Path
				// Values that a router has set must not reach the next request.
				request.Pattern = ""
				h.ServeHTTP(w, request)
			}
		}
	}
}

// serverFrame is as large as the stack frames of net/http's server below a handler. With
// a smaller stack, the garbage collector would shrink the stacks of waiting handlers, and
// each request would grow them again.
type serverFrame [1024]byte

// discard is a response writer that discards everything. It has the same interfaces as
// net/http's own writer for HTTP/1.1.
type discard struct{ header http.Header }

func (w *discard) Header() http.Header               { return w.header }
func (w *discard) WriteHeader(int)                   {}
func (w *discard) Write(p []byte) (int, error)       { return len(p), nil }
func (w *discard) WriteString(s string) (int, error) { return len(s), nil }
func (w *discard) Flush()                            {}
func (w *discard) CloseNotify() <-chan bool          { return nil }

func (w *discard) ReadFrom(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) }

func (w *discard) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}
