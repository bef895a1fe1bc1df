package nethttpotel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// serveLimited serves handler over HTTP/1.1 or HTTP/2 with a write time-out.
func serveLimited(t *testing.T, handler http.Handler, withHTTP2 bool, timeout time.Duration) *service {
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

// waitWriteTimeout returns when the write time-out of r's server has passed and, over
// HTTP/2, has reset the stream.
func waitWriteTimeout(r *http.Request) {
	server := r.Context().Value(http.ServerContextKey).(*http.Server)
	<-time.After(server.WriteTimeout + time.Millisecond)
	if r.ProtoMajor == 2 {
		<-r.Context().Done()
	}
}

func TestWriteTimeoutCutsTheAnswer(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		// sent is the status that the client gets, 0 for none.
		sent int
	}{
		"before anything is written": {func(_ http.ResponseWriter, r *http.Request) { waitWriteTimeout(r) }, 0},
		"before a small answer":      {func(w http.ResponseWriter, r *http.Request) { waitWriteTimeout(r); _, _ = io.WriteString(w, "late") }, 0},
		"before a 404":               {func(w http.ResponseWriter, r *http.Request) { waitWriteTimeout(r); http.NotFound(w, r) }, 0},
		"before a large answer": {func(w http.ResponseWriter, r *http.Request) {
			waitWriteTimeout(r)
			_, _ = io.WriteString(w, strings.Repeat("late ", 100_000))
		}, 0},
		"before a flush": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "x")
			waitWriteTimeout(r)
			flush(w)
		}, 0},
		"in the buffer": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "in time, kept")
			waitWriteTimeout(r)
		}, 0},
		"in a stream": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "first")
			flush(w)
			waitWriteTimeout(r)
			_, _ = io.WriteString(w, "second")
		}, 200},
		"in a stream that waits": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusCreated)
			flush(w)
			waitWriteTimeout(r)
		}, 201},
		"in a stream of a 500": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			flush(w)
			waitWriteTimeout(r)
		}, 500},
	}
	for name, test := range tests {
		for _, withHTTP2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s HTTP2 %v", name, withHTTP2), func(t *testing.T) {
				t.Parallel()
				// Long enough for a TLS handshake on a busy machine.
				s := serveLimited(t, test.handler, withHTTP2, 150*time.Millisecond)
				if got, _ := s.get(t, "/"); got != test.sent {
					t.Errorf("got status %d on the wire, want %d", got, test.sent)
				}
				errorType := "timeout"
				if test.sent >= 500 {
					errorType = fmt.Sprint(test.sent)
				}
				s.checkCutOff(t, test.sent, errorType)
			})
		}
	}
}

func TestAnswersWithinTheWriteTimeout(t *testing.T) {
	whole := func(w http.ResponseWriter) {
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
		"sent in time":  {func(w http.ResponseWriter, r *http.Request) { whole(w); waitWriteTimeout(r) }, false, 200},
		"204 in time": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			flush(w)
			waitWriteTimeout(r)
		}, false, 204},
		"no limit": {func(w http.ResponseWriter, r *http.Request) {
			if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
				panic(err)
			}
			server := r.Context().Value(http.ServerContextKey).(*http.Server)
			<-time.After(server.WriteTimeout + time.Millisecond)
			_, _ = io.WriteString(w, "in time all the same")
		}, false, 200},
		"a longer limit, HTTP/2": {func(w http.ResponseWriter, r *http.Request) {
			if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(waitLimit)); err != nil {
				panic(err)
			}
			server := r.Context().Value(http.ServerContextKey).(*http.Server)
			<-time.After(server.WriteTimeout + time.Millisecond)
			_, _ = io.WriteString(w, "in time all the same")
		}, true, 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			timeout := 50 * time.Millisecond
			if strings.HasPrefix(name, "quick") {
				timeout = waitLimit
			}
			s := serveLimited(t, test.handler, test.withHTTP2, timeout)
			if got, _ := s.get(t, "/"); got != test.status {
				t.Errorf("got status %d on the wire, want %d", got, test.status)
			}
			s.checkAnswered(t, test.status)
		})
	}
}

// A deadline that the handler sets cuts off the response like the server's own.
func TestWriteDeadlineOfTheHandler(t *testing.T) {
	for _, withHTTP2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP2 %v", withHTTP2), func(t *testing.T) {
			s := serveLimited(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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

// If a middleware further out lifts the deadline, what is sent after it shows
// so.
func TestWriteTimeoutLiftedFurtherOut(t *testing.T) {
	s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
	ours := nethttpotel.Middleware(s)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		waitWriteTimeout(r)
		_, _ = io.WriteString(w, "event")
		flush(w)
	}))
	lifted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
			panic(err)
		}
		ours.ServeHTTP(w, r)
	})
	s.server, s.log = startServer(t, lifted, func(server *httptest.Server) { server.Config.WriteTimeout = 10 * time.Millisecond })
	if status, body := s.get(t, "/"); status != 200 || body != "event" {
		t.Errorf("got %d %q", status, body)
	}
	s.checkAnswered(t, 200)
}

// http.TimeoutHandler further out answers 503, which is not seen from within:
// what the handler wrote was discarded.
func TestTimeoutHandlerOutsideAnswers(t *testing.T) {
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
			waitTimeoutHandler(w)
		},
		"a body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "x")
			<-r.Context().Done()
			waitTimeoutHandler(w)
		},
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			begun := make(chan struct{})
			s := serveWrapped(t, httpserver.Config{}, func(ours func(http.Handler) http.Handler) http.Handler {
				return http.TimeoutHandler(ours(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					close(begun)
					handler(w, r)
				})), 10*time.Millisecond, "sorry")
			})
			if status, body := s.get(t, "/"); status != http.StatusServiceUnavailable || body != "sorry" {
				t.Errorf("got %d %q, want 503 sorry", status, body)
			}
			receiveWithin(t, begun, "the handler")
			s.checkCutOff(t, 0, "timeout")
		})
	}
}

// waitTimeoutHandler returns once http.TimeoutHandler has taken over.
func waitTimeoutHandler(w http.ResponseWriter) {
	for {
		if _, err := w.Write(nil); err != nil {
			return
		}
	}
}

// A deadline of the context alone does not cut off the response: the handler
// answers after it.
func TestContextDeadlineOutside(t *testing.T) {
	for _, status := range []int{200, 504} {
		s := serveWrapped(t, httpserver.Config{}, func(ours func(http.Handler) http.Handler) http.Handler {
			handler := ours(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
		s.checkAnswered(t, status)
	}
}

// TestServerThatCloses simulates the end of a grace period: the service tells
// the engine, and its server closes the connections in progress.
func TestServerThatCloses(t *testing.T) {
	tests := map[string]struct {
		handler func(w http.ResponseWriter, r *http.Request, closeServer func())
		// status is the one that was sent, 0 for none.
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
				s = serveLimited(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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

// If a server is closed without telling the engine, a write error shows it.
func TestServerThatClosesWithoutAWord(t *testing.T) {
	entered := make(chan struct{})
	s := serveLimited(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
