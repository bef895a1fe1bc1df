package bench

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
)

// netHTTPClientFactory returns a factory of clients. They call h like net/http's server,
// but without a connection, so that the cost of the server is not measured.
func netHTTPClientFactory(h http.Handler, s *setup) clientFactory {
	paths := s.paths()
	return func() client {
		// As in net/http's server, the context can be canceled. It is canceled only after
		// the client is garbage-collected.
		ctx, cancel := context.WithCancel(context.WithValue(context.Background(), http.ServerContextKey, &http.Server{}))
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+requestHost+paths[0], http.NoBody)
		if err != nil {
			panic(err) // the URL is a constant
		}
		request.RemoteAddr = clientAddress
		request.Header = http.Header{
			"User-Agent": {userAgent}, "Accept-Encoding": {"gzip"}, "Traceparent": {s.mode.callerTraceparent()},
		}
		w := &discardWriter{header: make(http.Header)}
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

// serverFrame takes as much stack as net/http's server uses to call a handler. With less
// stack in use, the garbage collector would shrink the stacks of waiting handlers, and each
// request would grow them again.
type serverFrame [1024]byte

// discardWriter is a response writer that discards everything. It implements the same
// interfaces as net/http's response writer for HTTP/1.1.
type discardWriter struct{ header http.Header }

func (w *discardWriter) Header() http.Header               { return w.header }
func (w *discardWriter) WriteHeader(int)                   {}
func (w *discardWriter) Write(p []byte) (int, error)       { return len(p), nil }
func (w *discardWriter) WriteString(s string) (int, error) { return len(s), nil }
func (w *discardWriter) Flush()                            {}
func (w *discardWriter) CloseNotify() <-chan bool          { return nil }

func (w *discardWriter) ReadFrom(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) }

func (w *discardWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}
