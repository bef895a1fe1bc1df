package nethttpotel_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/internal/logtest"
)

// unwrapOnlyWriter is the writer of a middleware. It implements no optional interface, but
// has Unwrap.
type unwrapOnlyWriter struct{ http.ResponseWriter }

func (w unwrapOnlyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// hijackAndSend hijacks the connection and writes answer to it.
func hijackAndSend(w http.ResponseWriter, answer string) {
	conn, buffer, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	_, _ = buffer.WriteString(answer)
	_ = buffer.Flush()
}

// TestStatusOfAHijackedConnection proves that the span of a hijacked connection has the
// status that was sent. Our middleware wraps the server's own writer, or a writer that has
// only Unwrap.
func TestStatusOfAHijackedConnection(t *testing.T) {
	const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
	tests := map[string]struct {
		method  string
		handler http.HandlerFunc
		want    int64
	}{
		"upgrade": {"GET", func(w http.ResponseWriter, _ *http.Request) { hijackAndSend(w, switching) }, 101},
		"error after the hijack": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			hijackAndSend(w, switching)
			http.Error(w, "too late", http.StatusInternalServerError)
		}, 101},
		"404 after the hijack": {"GET", func(w http.ResponseWriter, r *http.Request) { hijackAndSend(w, switching); http.NotFound(w, r) }, 101},
		"body after the hijack": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			hijackAndSend(w, switching)
			_, _ = io.WriteString(w, "nowhere")
		}, 101},
		"status before the hijack": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "echo")
			w.WriteHeader(http.StatusSwitchingProtocols)
			hijackAndSend(w, "")
		}, 101},
		"tunnel": {"CONNECT", func(w http.ResponseWriter, _ *http.Request) {
			hijackAndSend(w, "HTTP/1.1 200 Connection Established\r\n\r\n")
		}, 200},
		"tunnel, status before the hijack": {"CONNECT", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			hijackAndSend(w, "")
		}, 200},
		"tunnel, error after the hijack": {"CONNECT", func(w http.ResponseWriter, _ *http.Request) {
			hijackAndSend(w, "HTTP/1.1 200 Connection Established\r\n\r\n")
			http.Error(w, "closed", http.StatusBadGateway)
		}, 200},
	}
	outerMiddlewares := map[string]func(http.Handler) http.Handler{
		"server's writer": func(h http.Handler) http.Handler { return h },
		"outer writer with Unwrap alone": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(unwrapOnlyWriter{w}, r) })
		},
		"two outer writers with Unwrap alone": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(unwrapOnlyWriter{unwrapOnlyWriter{w}}, r) })
		},
	}
	for name, test := range tests {
		for writerKind, wrap := range outerMiddlewares {
			t.Run(name+", "+writerKind, func(t *testing.T) {
				s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
					return wrap(instrument(test.handler))
				})
				requestTarget := "/"
				if test.method == http.MethodConnect {
					requestTarget = "h:80"
				}
				sendRaw(t, s.server, test.method+" "+requestTarget+" HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
				span := s.Only()
				httpservertest.Expect(t, span, map[string]any{"http.response.status_code": test.want, "error.type": nil})
				if span.Status().Code != codes.Unset {
					t.Errorf("got status %v, want Unset", span.Status())
				}
				s.checkOnePoint(t)
			})
		}
	}
}

// TestStatusAfterAFlush proves that a flush records the status 200, which the server sends,
// even if http.ResponseController finds Flush only through Unwrap.
func TestStatusAfterAFlush(t *testing.T) {
	for name, wrap := range map[string]func(http.ResponseWriter) http.ResponseWriter{
		"server's writer":                func(w http.ResponseWriter) http.ResponseWriter { return w },
		"outer writer with Unwrap alone": func(w http.ResponseWriter) http.ResponseWriter { return unwrapOnlyWriter{w} },
	} {
		t.Run(name, func(t *testing.T) {
			s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
				handler := instrument(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if err := http.NewResponseController(w).Flush(); err != nil {
						t.Error(err)
					}
					http.Error(w, "too late", http.StatusInternalServerError)
				}))
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(wrap(w), r) })
			})
			if status, _ := s.get(t, "/"); status != 200 {
				t.Errorf("got %d on the wire, want 200", status)
			}
			s.checkNotCutOff(t, 200)
		})
	}
}

// TestInterfacesBelowUnwrapOnlyWriter proves that a handler finds the same interfaces with
// and without the middleware if the writer of an outer middleware has only Unwrap.
func TestInterfacesBelowUnwrapOnlyWriter(t *testing.T) {
	describeWriter := func(w http.ResponseWriter, _ *http.Request) {
		_, flushes := w.(http.Flusher)
		_, hijacks := w.(http.Hijacker)
		_, copies := w.(io.ReaderFrom)
		found := false
		for below := w; below != nil && !found; {
			_, found = below.(unwrapOnlyWriter)
			unwrapper, ok := below.(interface{ Unwrap() http.ResponseWriter })
			if !ok {
				break
			}
			below = unwrapper.Unwrap()
		}
		fmt.Fprintf(w, "Flusher %v, Hijacker %v, ReaderFrom %v, the writer %v", flushes, hijacks, copies, found)
	}
	s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
		handler := instrument(http.HandlerFunc(describeWriter))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(unwrapOnlyWriter{w}, r) })
	})
	if _, body := s.get(t, "/"); body != "Flusher false, Hijacker false, ReaderFrom false, the writer true" {
		t.Errorf("got %q, want neither Flusher, Hijacker nor ReaderFrom, and the writer itself", body)
	}
}

// TestInvalidCallsAreLoggedWithApplicationLine proves that net/http logs where the
// application made a call that has no effect, such as a second WriteHeader. The file and
// line in the log must be of the application, and not of this module.
func TestInvalidCallsAreLoggedWithApplicationLine(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"second WriteHeader": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.WriteHeader(http.StatusInternalServerError)
		},
		"WriteHeader after a body": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("x"))
			w.WriteHeader(http.StatusInternalServerError)
		},
		"WriteHeader after a flush": func(w http.ResponseWriter, _ *http.Request) {
			flush(w)
			w.WriteHeader(http.StatusInternalServerError)
		},
		"WriteHeader after a copy": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader("a copy"), 6))
			w.WriteHeader(http.StatusInternalServerError)
		},
		"WriteHeader on a hijacked connection": func(w http.ResponseWriter, _ *http.Request) {
			hijackAndSend(w, "HTTP/1.1 200 OK\r\n\r\n")
			w.WriteHeader(http.StatusInternalServerError)
		},
		"Write on a hijacked connection": func(w http.ResponseWriter, _ *http.Request) {
			hijackAndSend(w, "HTTP/1.1 200 OK\r\n\r\n")
			_, _ = w.Write([]byte("nowhere"))
		},
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			const request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
			// The test waits for the handler: a server does not wait for a handler that
			// has hijacked its connection.
			done := make(chan struct{}, 1)
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { done <- struct{}{} }()
				handler(w, r)
			})
			plainServer, plainLog := startServer(t, handler, nil)
			sendRaw(t, plainServer, request)
			await(t, done, "the handler")
			s := serve(t, httpserver.Config{}, handler)
			sendRaw(t, s.server, request)
			await(t, done, "the handler")
			s.Only()
			s.server.Close()
			plainServer.Close()
			loggedMessage := func(log *logtest.Buffer) string {
				_, text, _ := strings.Cut(log.String(), "msg=")
				return text
			}
			if got, want := loggedMessage(s.log), loggedMessage(plainLog); got != want || !strings.Contains(got, "hijack_test.go") {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}
