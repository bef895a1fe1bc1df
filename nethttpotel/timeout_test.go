package nethttpotel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// serveWithWriteTimeout serves handler over HTTP/1.1 or HTTP/2, with a server whose
// WriteTimeout is timeout.
func serveWithWriteTimeout(t *testing.T, handler http.Handler, withHTTP2 bool, timeout time.Duration) *service {
	t.Helper()
	s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
	s.server, s.log = startServer(t, nethttpotel.Middleware(s)(handler), func(server *httptest.Server) {
		server.Config.WriteTimeout = timeout
		if server.EnableHTTP2 = withHTTP2; withHTTP2 {
			server.StartTLS()
		}
	})
	return s
}

// waitingSince is the context key of an *atomic.Pointer[time.Time]: when the handler began to
// wait for the WriteTimeout.
type waitingSince struct{}

// getWithWriteTimeout sends a request to a server with a WriteTimeout, and returns the
// service and the status of the response. On a busy machine, the timeout may pass before the
// TLS handshake is done, or before the handler begins to wait for the timeout. Then it tries
// again with another service and a longer timeout.
func getWithWriteTimeout(t *testing.T, handler http.Handler, withHTTP2 bool) (s *service, status int) {
	t.Helper()
	for timeout := 50 * time.Millisecond; ; timeout *= 4 {
		var waiting atomic.Pointer[time.Time]
		s = serveWithWriteTimeout(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), waitingSince{}, &waiting)))
		}), withHTTP2, timeout)
		began := time.Now()
		status, _ = s.get(t, "/")
		// The server's timeout passes at began+timeout or later, so the handler has begun to
		// wait before.
		if since := waiting.Load(); since != nil && since.Sub(began) < timeout || timeout > time.Minute {
			return s, status
		}
	}
}

// passWriteTimeout waits until the WriteTimeout of r's server has passed.
func passWriteTimeout(r *http.Request) {
	if waiting, ok := r.Context().Value(waitingSince{}).(*atomic.Pointer[time.Time]); ok {
		now := time.Now()
		waiting.Store(&now)
	}
	server := r.Context().Value(http.ServerContextKey).(*http.Server)
	<-time.After(server.WriteTimeout + time.Millisecond)
}

// waitForWriteTimeout waits until the WriteTimeout of r's server has passed. Over HTTP/2, it
// also waits until the server has reset the stream.
func waitForWriteTimeout(r *http.Request) {
	passWriteTimeout(r)
	if r.ProtoMajor == 2 {
		<-r.Context().Done()
	}
}

func TestWriteTimeoutCutsOffResponse(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		// sentStatus is the status that the client receives, or 0 if it receives none.
		sentStatus int
	}{
		"before anything is written": {func(_ http.ResponseWriter, r *http.Request) { waitForWriteTimeout(r) }, 0},
		"before a small answer":      {func(w http.ResponseWriter, r *http.Request) { waitForWriteTimeout(r); _, _ = io.WriteString(w, "late") }, 0},
		"before a 404":               {func(w http.ResponseWriter, r *http.Request) { waitForWriteTimeout(r); http.NotFound(w, r) }, 0},
		"before a large answer": {func(w http.ResponseWriter, r *http.Request) {
			waitForWriteTimeout(r)
			_, _ = io.WriteString(w, strings.Repeat("late ", 100_000))
		}, 0},
		"before a flush": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "x")
			waitForWriteTimeout(r)
			flush(w)
		}, 0},
		"response in the buffer": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "in the buffer")
			waitForWriteTimeout(r)
		}, 0},
		"in a stream": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "first")
			flush(w)
			waitForWriteTimeout(r)
			_, _ = io.WriteString(w, "second")
		}, 200},
		"in a stream that waits": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusCreated)
			flush(w)
			waitForWriteTimeout(r)
		}, 201},
		"in a stream of a 500": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			flush(w)
			waitForWriteTimeout(r)
		}, 500},
	}
	for name, test := range tests {
		for _, withHTTP2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s HTTP2 %v", name, withHTTP2), func(t *testing.T) {
				t.Parallel()
				s, got := getWithWriteTimeout(t, test.handler, withHTTP2)
				if got != test.sentStatus {
					t.Errorf("got status %d on the wire, want %d", got, test.sentStatus)
				}
				errorType := "timeout"
				if test.sentStatus >= 500 {
					errorType = fmt.Sprint(test.sentStatus)
				}
				s.checkCutOff(t, test.sentStatus, errorType)
			})
		}
	}
}

func TestResponseWithinWriteTimeoutIsNotCutOff(t *testing.T) {
	writeWhole := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "whole")
		flush(w)
	}
	tests := map[string]struct {
		handler   http.HandlerFunc
		withHTTP2 bool
		status    int
	}{
		"quick":         {respondWith(200, "quick"), false, 200},
		"quick, HTTP/2": {respondWith(200, "quick"), true, 200},
		"quick 500":     {respondWith(500, "quick"), false, 500},
		"sent in time":  {func(w http.ResponseWriter, r *http.Request) { writeWhole(w); waitForWriteTimeout(r) }, false, 200},
		"204 in time": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			flush(w)
			waitForWriteTimeout(r)
		}, false, 204},
		"no deadline": {func(w http.ResponseWriter, r *http.Request) {
			if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
				panic(err)
			}
			passWriteTimeout(r)
			_, _ = io.WriteString(w, "in time all the same")
		}, false, 200},
		"longer deadline, HTTP/2": {func(w http.ResponseWriter, r *http.Request) {
			if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(waitTimeout)); err != nil {
				panic(err)
			}
			passWriteTimeout(r)
			_, _ = io.WriteString(w, "in time all the same")
		}, true, 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var s *service
			var got int
			if strings.HasPrefix(name, "quick") {
				s = serveWithWriteTimeout(t, test.handler, test.withHTTP2, waitTimeout)
				got, _ = s.get(t, "/")
			} else {
				s, got = getWithWriteTimeout(t, test.handler, test.withHTTP2)
			}
			if got != test.status {
				t.Errorf("got status %d on the wire, want %d", got, test.status)
			}
			s.checkNotCutOff(t, test.status)
		})
	}
}

// TestHandlerWriteDeadlineCutsOffResponse proves that a response is recorded as cut off
// after a deadline that the handler has set.
func TestHandlerWriteDeadlineCutsOffResponse(t *testing.T) {
	for _, withHTTP2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP2 %v", withHTTP2), func(t *testing.T) {
			s := serveWithWriteTimeout(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				deadline := time.Now().Add(10 * time.Millisecond)
				if err := http.NewResponseController(w).SetWriteDeadline(deadline); err != nil {
					panic(err)
				}
				<-time.After(time.Until(deadline) + time.Millisecond)
				if r.ProtoMajor == 2 {
					<-r.Context().Done()
				}
				_, _ = io.WriteString(w, "late")
			}), withHTTP2, 0)
			if got, _ := s.get(t, "/"); got != 0 {
				t.Errorf("got status %d on the wire, want none", got)
			}
			s.checkCutOff(t, 0, "timeout")
		})
	}
}

// TestOuterMiddlewareRemovesWriteDeadline proves that a response is not recorded as cut off
// if an outer middleware has removed the deadline. A flush that succeeds after the deadline
// shows that there is no deadline.
func TestOuterMiddlewareRemovesWriteDeadline(t *testing.T) {
	s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
	instrumented := nethttpotel.Middleware(s)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		waitForWriteTimeout(r)
		_, _ = io.WriteString(w, "event")
		flush(w)
	}))
	withoutDeadline := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
			panic(err)
		}
		instrumented.ServeHTTP(w, r)
	})
	s.server, s.log = startServer(t, withoutDeadline, func(server *httptest.Server) { server.Config.WriteTimeout = 10 * time.Millisecond })
	if status, body := s.get(t, "/"); status != 200 || body != "event" {
		t.Errorf("got %d %q", status, body)
	}
	s.checkNotCutOff(t, 200)
}

// TestOuterTimeoutHandlerResponds proves that the span has the error.type timeout and no
// status if an outer http.TimeoutHandler responds with 503. The TimeoutHandler discards the
// handler's response, and our middleware does not see the 503.
func TestOuterTimeoutHandlerResponds(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"nothing": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"late": func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			for {
				if _, err := io.WriteString(w, "late"); errors.Is(err, http.ErrHandlerTimeout) {
					return
				}
			}
		},
		"a status": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusCreated)
			<-r.Context().Done()
			waitForTimeoutHandler(w)
		},
		"a body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "x")
			<-r.Context().Done()
			waitForTimeoutHandler(w)
		},
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			handlerStarted := make(chan struct{})
			s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
				return http.TimeoutHandler(instrument(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					close(handlerStarted)
					handler(w, r)
				})), 10*time.Millisecond, "sorry")
			})
			if status, body := s.get(t, "/"); status != http.StatusServiceUnavailable || body != "sorry" {
				t.Errorf("got %d %q, want 503 sorry", status, body)
			}
			await(t, handlerStarted, "the handler")
			s.checkCutOff(t, 0, "timeout")
		})
	}
}

// waitForTimeoutHandler waits until an outer http.TimeoutHandler has responded, after which
// writes fail.
func waitForTimeoutHandler(w http.ResponseWriter) {
	for {
		if _, err := w.Write(nil); err != nil {
			return
		}
	}
}

// TestContextDeadlineIsNoCutOff proves that a response is not recorded as cut off if only
// the deadline of its context has passed and the handler responds after that.
func TestContextDeadlineIsNoCutOff(t *testing.T) {
	for _, status := range []int{200, 504} {
		s := serveWrapped(t, httpserver.Config{}, func(instrument func(http.Handler) http.Handler) http.Handler {
			handler := instrument(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "after the deadline")
			}))
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ctx, cancel := context.WithTimeout(r.Context(), time.Millisecond)
				defer cancel()
				handler.ServeHTTP(w, r.WithContext(ctx))
			})
		})
		if got, _ := s.get(t, "/"); got != status {
			t.Errorf("got %d, want %d", got, status)
		}
		s.checkNotCutOff(t, status)
	}
}

// TestClosedServerCutsOffResponse proves that a response is recorded as cut off by the
// server if the service calls ServerClosed of the engine and then closes its server, as at
// the end of a grace period.
func TestClosedServerCutsOffResponse(t *testing.T) {
	tests := map[string]struct {
		handler func(w http.ResponseWriter, r *http.Request, closeServer func())
		// status is the status that was sent, or 0 if none was sent.
		status int
	}{
		"before anything is written": {func(_ http.ResponseWriter, r *http.Request, closeServer func()) { closeServer(); <-r.Context().Done() }, 0},
		"before a small answer": {func(w http.ResponseWriter, _ *http.Request, closeServer func()) {
			closeServer()
			_, _ = io.WriteString(w, "late")
		}, 0},
		"in a stream": {func(w http.ResponseWriter, _ *http.Request, closeServer func()) {
			w.WriteHeader(http.StatusAccepted)
			_ = http.NewResponseController(w).Flush()
			closeServer()
			_, _ = io.WriteString(w, "late")
		}, 202},
	}
	for name, test := range tests {
		for _, withHTTP2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s HTTP2 %v", name, withHTTP2), func(t *testing.T) {
				var s *service
				s = serveWithWriteTimeout(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					test.handler(w, r, func() {
						s.ServerClosed()
						_ = s.server.Config.Close()
					})
				}), withHTTP2, 0)
				s.get(t, "/")
				s.checkCutOff(t, test.status, "server_closed")
			})
		}
	}
}

// TestClosedServerIsRecognizedByWriteError proves that a response is recorded as cut off by
// the server even if the service does not call ServerClosed. The middleware recognizes the
// cause by the error of a write.
func TestClosedServerIsRecognizedByWriteError(t *testing.T) {
	entered := make(chan struct{})
	s := serveWithWriteTimeout(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		writeUntilError(w)
	}), false, 0)
	go func() {
		<-entered
		_ = s.server.Config.Close()
	}()
	s.get(t, "/")
	s.checkCutOff(t, 0, "server_closed")
}
