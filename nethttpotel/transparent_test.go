package nethttpotel_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// handlersByResponseKind returns a handler for each kind of response that net/http
// supports. file is the path of a file to serve.
func handlersByResponseKind(file string) map[string]http.HandlerFunc {
	write := func(w http.ResponseWriter, s string) { _, _ = io.WriteString(w, s) }
	return map[string]http.HandlerFunc{
		"nothing":      func(http.ResponseWriter, *http.Request) {},
		"implicit":     func(w http.ResponseWriter, _ *http.Request) { write(w, "hello") },
		"status":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		"status-body":  respondWith(http.StatusCreated, "made"),
		"no-content":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"not-modified": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
		"body-on-204":  respondWith(http.StatusNoContent, "not allowed"),
		"error":        func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) },
		"twice": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			w.WriteHeader(http.StatusInternalServerError)
		},
		"redirect":    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there?a=b", http.StatusFound) },
		"not-found":   http.NotFound,
		"large":       func(w http.ResponseWriter, _ *http.Request) { write(w, strings.Repeat("large ", 20_000)) },
		"empty-write": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(nil) },
		"file":        func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) },
		"broken-copy": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, strings.NewReader(""))
			w.WriteHeader(http.StatusBadGateway)
		},
		"early-hints": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</a>")
			w.WriteHeader(http.StatusEarlyHints)
			write(w, "x")
		},
		"abort-halfway": func(w http.ResponseWriter, _ *http.Request) { write(w, "half"); flush(w); panic(http.ErrAbortHandler) },
		"unread-body":   func(w http.ResponseWriter, _ *http.Request) { write(w, "not interested") },
		"no-date": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Date"] = nil
			w.Header()["Content-Type"] = nil
			write(w, "x")
		},
		"identity": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Transfer-Encoding", "identity")
			write(w, "x")
		},
		"late-header": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.Header().Set("X-Late", "lost")
			write(w, "x")
		},
		"declared-early": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "5"); write(w, "hello") },
		"declared-wrong": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "3"); write(w, "hello") },
		"headers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("X-Many", "1")
			w.Header().Add("X-Many", "2")
			w.Header().Set("Set-Cookie", "a=b")
			write(w, "<html>")
		},
		"chunks": func(w http.ResponseWriter, _ *http.Request) {
			for i := range 5 {
				_, _ = fmt.Fprintf(w, "chunk %d\n", i)
				flush(w)
			}
		},
		"trailer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			write(w, "body")
			w.Header().Set("X-Sum", "42")
		},
		"trailer-unset": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Trailer", "X-Sum"); write(w, "body") },
		"trailer-prefix": func(w http.ResponseWriter, _ *http.Request) {
			write(w, "body")
			flush(w)
			w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
		},
		"echo": func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) },
		"hijack": func(w http.ResponseWriter, _ *http.Request) {
			conn, buffer, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			write(w, "this goes nowhere")
			_, _ = buffer.WriteString("HTTP/1.1 200 Taken\r\n\r\nover")
			_ = buffer.Flush()
		},
		"what-is-there": func(w http.ResponseWriter, _ *http.Request) {
			_, flusher := w.(http.Flusher)
			_, hijacker := w.(http.Hijacker)
			_, readerFrom := w.(io.ReaderFrom)
			_, pusher := w.(http.Pusher)
			_, stringWriter := w.(io.StringWriter)
			_, notifier := w.(interface{ CloseNotify() <-chan bool })
			_, _ = fmt.Fprintln(w, flusher, hijacker, readerFrom, pusher, stringWriter, notifier)
		},
		"timeout":      http.TimeoutHandler(waitingHandler{}, 5*time.Millisecond, "too late").ServeHTTP,
		"in-time":      http.TimeoutHandler(respondWith(http.StatusAccepted, "in time"), time.Minute, "too late").ServeHTTP,
		"form":         func(w http.ResponseWriter, r *http.Request) { write(w, r.FormValue("q")) },
		"panics":       func(http.ResponseWriter, *http.Request) { panic("boom") },
		"wrong-status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(1000) },
	}
}

// flush flushes w, which must be a Flusher.
func flush(w http.ResponseWriter) { w.(http.Flusher).Flush() }

// waitingHandler is a handler that waits until the request's context ends, without a
// response.
type waitingHandler struct{}

func (waitingHandler) ServeHTTP(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestResponsesAreUnchanged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(file, bytes.Repeat([]byte("file "), 30_000), 0o600); err != nil {
		t.Fatal(err)
	}
	requests := map[string]string{
		"GET":      "GET %s?q=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		"HEAD":     "HEAD %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		"HTTP/1.0": "GET %s HTTP/1.0\r\n\r\n",
		"POST":     "POST %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody",
		"chunked":  "POST %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
	}
	for name, handler := range handlersByResponseKind(file) {
		for requestKind, request := range requests {
			t.Run(name+" "+requestKind, func(t *testing.T) {
				mux := http.NewServeMux()
				mux.Handle("/"+name, handler)
				plainServer, plainLog := startServer(t, mux, nil)
				s := serve(t, httpserver.Config{}, mux)
				request := fmt.Sprintf(request, "/"+name)
				if got, want := sendRaw(t, s.server, request), sendRaw(t, plainServer, request); got != want {
					t.Errorf("got  %q\nwant %q", truncate(got), truncate(want))
				}
				s.checkOnePoint(t)
				s.Only()
				s.server.Close()
				plainServer.Close()
				if got, want := strings.Count(s.log.String(), "http: "), strings.Count(plainLog.String(), "http: "); got != want {
					t.Errorf("the server logged %d errors, %d without the middleware:\n%s", got, want, s.log)
				}
			})
		}
	}
}

// truncate shortens s for an error message.
func truncate(s string) string {
	if len(s) > 600 {
		return fmt.Sprintf("%s… (%d bytes)", s[:600], len(s))
	}
	return s
}

// TestMaxBytesReaderStillLimits proves that http.MaxBytesReader still limits bodies. If it
// is outside our middleware, it finds the server's own writer and also closes the
// connection.
func TestMaxBytesReaderStillLimits(t *testing.T) {
	readBody := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		}
	})
	const request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\ntoo long"
	plainServer, _ := startServer(t, http.MaxBytesHandler(readBody, 4), nil)
	want := sendRaw(t, plainServer, request)
	t.Run("outside", func(t *testing.T) {
		s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
			return http.MaxBytesHandler(instrument(readBody), 4)
		})
		if got := sendRaw(t, s.server, request); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		s.checkOnePoint(t)
	})
	t.Run("inside", func(t *testing.T) {
		s := serve(t, httpserver.Config{}, http.MaxBytesHandler(readBody, 4))
		if status, _ := s.send(t, http.MethodPost, "/", strings.NewReader("too long")); status != http.StatusRequestEntityTooLarge {
			t.Errorf("got status %d, want 413", status)
		}
		if got := httpservertest.Attribute(s.Only(), "http.response.status_code"); got != int64(413) {
			t.Errorf("got status %v on the span, want 413", got)
		}
	})
}

func TestInnerTimeoutHandlerStatusIsRecorded(t *testing.T) {
	release, lateWrite := make(chan struct{}), make(chan error, 1)
	mux := http.NewServeMux()
	mux.Handle("GET /slow/{id}", http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-release
		_, err := io.WriteString(w, "too late "+r.Pattern)
		lateWrite <- err
	}), time.Millisecond, "sorry"))
	s := serve(t, httpserver.Config{}, mux)
	if status, body := s.get(t, "/slow/1"); status != http.StatusServiceUnavailable || body != "sorry" {
		t.Errorf("got %d %q, want 503 sorry", status, body)
	}
	span := s.Only()
	close(release)
	if err := await(t, lateWrite, "the handler"); err == nil {
		t.Error("the late write went through")
	}
	if span.Name() != "GET /slow/{id}" || httpservertest.Attribute(span, "http.response.status_code") != int64(503) ||
		httpservertest.Attribute(span, "http.response.body.size") != int64(5) {
		t.Errorf("got %q with %v", span.Name(), span.Attributes())
	}
}

func TestOuterTimeoutHandlerIsNoDisconnect(t *testing.T) {
	handlerStarted := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /slow/{id}", func(w http.ResponseWriter, r *http.Request) {
		close(handlerStarted)
		waitingHandler{}.ServeHTTP(w, r)
	})
	s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
		return http.TimeoutHandler(instrument(mux), time.Millisecond, "sorry")
	})
	if status, body := s.get(t, "/slow/1"); status != http.StatusServiceUnavailable || body != "sorry" {
		t.Errorf("got %d %q, want 503 sorry", status, body)
	}
	<-handlerStarted // TimeoutHandler may respond before the handler's goroutine has run
	if span := s.Only(); span.Name() != "GET /slow/{id}" || httpservertest.Attribute(span, "error.type") == "client_disconnected" {
		t.Errorf("got %q with %v, want no disconnect: the client waited", span.Name(), span.Attributes())
	}
	s.checkOnePoint(t)
}

// TestMultipartFilesAreRemoved proves that net/http still removes the temporary files of a
// multipart form after the response.
func TestMultipartFilesAreRemoved(t *testing.T) {
	tempDir := t.TempDir()
	t.Setenv("TMPDIR", tempDir)
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	file, err := writer.CreateFormFile("file", "large.bin")
	if err != nil {
		t.Fatal(err)
	}
	// ParseMultipartForm does not keep a file of this size in memory.
	if _, err := file.Write(make([]byte, 11<<20)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/upload", "/healthz", "/panic", "/healthz/panic"} {
		t.Run(path, func(t *testing.T) {
			fileCounts := make(chan int, 1)
			upload := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if err := r.ParseMultipartForm(1); err != nil {
					t.Error(err)
				}
				entries, _ := os.ReadDir(tempDir)
				fileCounts <- len(entries)
				if strings.HasSuffix(path, "panic") {
					panic("boom")
				}
			})
			s := serveWrapped(t, httpserver.Config{Exclude: []string{"healthz"}}, func(instrument func(http.Handler) http.Handler) http.Handler {
				return recoverMiddleware(instrument(upload), make(chan any, 1))
			})
			s.send(t, http.MethodPost, path, bytes.NewReader(form.Bytes()), "Content-Type", writer.FormDataContentType())
			if got := await(t, fileCounts, "the upload"); got != 1 {
				t.Fatalf("got %d temporary files while the handler ran, want 1", got)
			}
			// Close waits until the server is done with the request.
			s.server.Close()
			if entries, err := os.ReadDir(tempDir); err != nil || len(entries) != 0 {
				t.Errorf("got %d temporary files after the response, %v", len(entries), err)
			}
		})
	}
}

// TestSpansOverHTTP2 proves that the span of an HTTP/2 request has the protocol version, the
// route and the body sizes.
func TestSpansOverHTTP2(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /process/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	server, _ := startServer(t, nethttpotel.Middleware(r)(mux), func(server *httptest.Server) {
		server.EnableHTTP2 = true
		server.StartTLS()
	})
	body := struct{ io.Reader }{strings.NewReader("of unknown length")}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/process/1", body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); err != nil || string(got) != "of unknown length" || response.ProtoMajor != 2 {
		t.Errorf("got %q over %s, %v", got, response.Proto, err)
	}
	span := r.Only()
	for key, want := range map[string]any{
		"network.protocol.version": "2", "url.scheme": "https", "http.route": "/process/{id}",
		"http.request.body.size": int64(17), "http.response.body.size": int64(17),
	} {
		for _, kv := range span.Attributes() {
			if string(kv.Key) == key && kv.Value.AsInterface() != want {
				t.Errorf("got %s=%v, want %v", key, kv.Value.AsInterface(), want)
			}
		}
	}
}
