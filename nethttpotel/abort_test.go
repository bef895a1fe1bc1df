package nethttpotel_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// dialAndSend opens a connection to server, sends request and returns the connection.
func dialAndSend(t *testing.T, server *httptest.Server, request string) *net.TCPConn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(waitTimeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// closeWriteAndRead closes the client's sending side of conn, and then reads the response
// and returns it.
func closeWriteAndRead(t *testing.T, conn *net.TCPConn) (status int, body string) {
	t.Helper()
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(received)
}

// checkNotCutOff checks the only span and the only metric point of a request whose response
// was not cut off.
func (s *service) checkNotCutOff(t *testing.T, status int) {
	t.Helper()
	span := s.Only()
	var errorType any
	code := codes.Unset
	if status >= 500 {
		errorType, code = fmt.Sprint(status), codes.Error
	}
	httpservertest.Expect(t, span, map[string]any{"http.response.status_code": int64(status), "error.type": errorType})
	if span.Status().Code != code {
		t.Errorf("got status %v, want %v", span.Status(), code)
	}
	point := s.checkOnePoint(t)
	if point.Attributes["error.type"] != errorType || point.Attributes["http.response.status_code"] != int64(status) {
		t.Errorf("got the point of %v, want status %d and error.type %v", point.Attributes, status, errorType)
	}
}

// checkCutOff checks the only span and the only metric point of a request whose response
// was cut off. status is 0 if no status was sent.
func (s *service) checkCutOff(t *testing.T, status int, errorType string) {
	t.Helper()
	span := s.Only()
	var code any
	if status != 0 {
		code = int64(status)
	}
	httpservertest.Expect(t, span, map[string]any{"http.response.status_code": code, "error.type": errorType})
	if span.Status().Code != codes.Error {
		t.Errorf("got status %v, want Error", span.Status())
	}
	point := s.checkOnePoint(t)
	if point.Attributes["error.type"] != errorType || point.Attributes["http.response.status_code"] != code {
		t.Errorf("got the point of %v, want status %v and error.type %v", point.Attributes, code, errorType)
	}
}

// TestHalfCloseIsNoDisconnect proves that a response is not recorded as cut off if the client
// closes only its sending side and still receives the response.
func TestHalfCloseIsNoDisconnect(t *testing.T) {
	answers := map[string]struct {
		status  int
		handler func(http.ResponseWriter)
	}{
		"200": {200, func(w http.ResponseWriter) { _, _ = io.WriteString(w, "ok") }},
		"204": {204, func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }},
		"304": {304, func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotModified) }},
		"404": {404, func(w http.ResponseWriter) { http.Error(w, "no", http.StatusNotFound) }},
		"500": {500, func(w http.ResponseWriter) { http.Error(w, "no", http.StatusInternalServerError) }},
		"503 with a body": {503, func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, strings.Repeat("no ", 10_000))
		}},
		"declared": {200, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "2"); _, _ = io.WriteString(w, "ok") }},
		"flushed": {500, func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusInternalServerError)
			flush(w)
			_, _ = io.WriteString(w, "late")
			flush(w)
		}},
		"file": {200, func(w http.ResponseWriter) {
			http.ServeContent(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody), "", time.Time{}, strings.NewReader("a file"))
		}},
	}
	for name, answer := range answers {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			t.Run(method+" "+name, func(t *testing.T) {
				s := serve(t, httpserver.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					<-r.Context().Done() // the server has noticed the half-closed connection
					answer.handler(w)
				}))
				conn := dialAndSend(t, s.server, method+" / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
				if err := conn.CloseWrite(); err != nil {
					t.Fatal(err)
				}
				request := httptest.NewRequest(method, "/", http.NoBody)
				response, err := http.ReadResponse(bufio.NewReader(conn), request)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					t.Fatal(err)
				}
				if err := response.Body.Close(); err != nil {
					t.Fatal(err)
				}
				if response.StatusCode != answer.status {
					t.Errorf("got status %d on the wire, want %d", response.StatusCode, answer.status)
				}
				s.checkNotCutOff(t, answer.status)
			})
		}
	}
}

func TestHalfCloseDuringResponseIsNoDisconnect(t *testing.T) {
	answerStarted := make(chan struct{})
	s := serve(t, httpserver.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		flush(w)
		close(answerStarted)
		<-r.Context().Done()
		_, _ = io.WriteString(w, "the rest")
	}))
	conn := dialAndSend(t, s.server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	await(t, answerStarted, "the answer")
	if status, body := closeWriteAndRead(t, conn); status != 502 || body != "the rest" {
		t.Errorf("got %d %q", status, body)
	}
	s.checkNotCutOff(t, 502)
}

// TestDisconnectAfterResponseIsNoError proves that a response is not an error if the client
// disconnects after it has received the whole response, while the handler still runs.
func TestDisconnectAfterResponseIsNoError(t *testing.T) {
	answers := map[string]struct {
		status  int
		size    int
		handler func(http.ResponseWriter)
	}{
		"200 declared": {200, 2, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "2"); _, _ = io.WriteString(w, "ok") }},
		"200 chunked":  {200, 2, func(w http.ResponseWriter) { _, _ = io.WriteString(w, "ok") }},
		"204":          {204, 0, func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }},
		"500":          {500, 3, func(w http.ResponseWriter) { http.Error(w, "no", http.StatusInternalServerError) }},
	}
	for name, answer := range answers {
		for _, withHTTP2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s HTTP2 %v", name, withHTTP2), func(t *testing.T) {
				s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
				handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					answer.handler(w)
					flush(w)
					<-r.Context().Done()
				})
				s.server, s.log = startServer(t, nethttpotel.Middleware(s)(handler), func(server *httptest.Server) {
					if server.EnableHTTP2 = withHTTP2; withHTTP2 {
						server.StartTLS()
					}
				})
				ctx, disconnect := context.WithCancel(t.Context())
				defer disconnect()
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response, err := s.server.Client().Do(request)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(response.Body, make([]byte, answer.size)); err != nil {
					t.Fatal(err)
				}
				disconnect()
				_ = response.Body.Close()
				s.server.Client().CloseIdleConnections()
				s.checkNotCutOff(t, answer.status)
			})
		}
	}
}

// TestCancelledBaseContextIsNoDisconnect proves that a request is not an error if the
// service cancels the context of all requests, as in a graceful shutdown, and the handler
// still responds.
func TestCancelledBaseContextIsNoDisconnect(t *testing.T) {
	for name, cause := range map[string]error{"without a cause": nil, "with a cause": errors.New("terminated")} {
		for _, status := range []int{200, 500} {
			t.Run(fmt.Sprint(status, " ", name), func(t *testing.T) {
				baseContext, cancelBaseContext := context.WithCancelCause(t.Context())
				defer cancelBaseContext(nil)
				s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
				handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					cancelBaseContext(cause)
					<-r.Context().Done()
					w.WriteHeader(status)
					_, _ = io.WriteString(w, "finished in time")
				})
				s.server, s.log = startServer(t, nethttpotel.Middleware(s)(handler), func(server *httptest.Server) {
					server.Config.BaseContext = func(net.Listener) context.Context { return baseContext }
				})
				if got := sendRaw(t, s.server, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); !strings.HasSuffix(got, "finished in time") {
					t.Errorf("got %q", got)
				}
				s.checkNotCutOff(t, status)
			})
		}
	}
}

// writeUntilError writes and flushes until a write or a flush fails.
func writeUntilError(w http.ResponseWriter) {
	chunk := []byte(strings.Repeat("x", 64<<10))
	for controller := http.NewResponseController(w); ; {
		if _, err := w.Write(chunk); err != nil {
			return
		}
		if err := controller.Flush(); err != nil {
			return
		}
	}
}

func TestDisconnectDuringResponseIsError(t *testing.T) {
	handlers := map[string]func(http.ResponseWriter){
		"chunked":  writeUntilError,
		"declared": func(w http.ResponseWriter) { w.Header().Set("Content-Length", "1000000000"); writeUntilError(w) },
		"unflushed": func(w http.ResponseWriter) {
			for chunk := make([]byte, 64<<10); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"copied": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "10000000000")
			_, _ = io.Copy(w, io.LimitReader(zeroReader{}, 10_000_000_000))
		},
	}
	for name, handler := range handlers {
		for _, withHTTP2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s HTTP2 %v", name, withHTTP2), func(t *testing.T) {
				s := &service{Recorder: httpservertest.New(t, httpserver.Config{})}
				s.server, s.log = startServer(t, nethttpotel.Middleware(s)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					handler(w)
				})), func(server *httptest.Server) {
					if server.EnableHTTP2 = withHTTP2; withHTTP2 {
						server.StartTLS()
					}
				})
				ctx, disconnect := context.WithCancel(t.Context())
				defer disconnect()
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response, err := s.server.Client().Do(request)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(response.Body, make([]byte, 10_000)); err != nil {
					t.Fatal(err)
				}
				disconnect()
				_ = response.Body.Close()
				s.checkCutOff(t, 200, "client_disconnected")
			})
		}
	}
}

// zeroReader is an endless source of zero bytes.
type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestFailedSourceIsNoDisconnect proves that a response is not recorded as cut off if the
// handler copies from a reader and the reader fails, even with a network error.
func TestFailedSourceIsNoDisconnect(t *testing.T) {
	s := serve(t, httpserver.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, io.MultiReader(strings.NewReader("half"), failingReader{}))
	}))
	if status, _ := s.get(t, "/"); status != 200 {
		t.Errorf("got %d", status)
	}
	s.checkNotCutOff(t, 200)
}

// failingReader fails like a network connection that its other end has reset.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
}
