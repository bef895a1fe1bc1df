package nethttpotel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// settingsProvider is an interface that net/http does not define. Writers of HTTP/3 have
// such interfaces.
type settingsProvider interface{ Settings() string }

// settingsWriter is a writer that implements settingsProvider.
type settingsWriter struct{ *httptest.ResponseRecorder }

func (settingsWriter) Settings() string { return "from below" }

// addSettings is a function for WithResponseWriter. It returns observed, the middleware's
// writer, with the method Settings of below, the server's writer.
func addSettings(observed, below http.ResponseWriter) http.ResponseWriter {
	if s, ok := below.(settingsProvider); ok {
		return struct {
			http.ResponseWriter
			settingsProvider
		}{observed, s}
	}
	return observed
}

// TestHandlerFindsOtherInterfaces proves that a handler can use interfaces of the server's
// writer that net/http does not define. With the option WithResponseWriter, this works for
// all requests. Without the option, it works only for CONNECT, whose status is then not
// recorded.
func TestHandlerFindsOtherInterfaces(t *testing.T) {
	tests := map[string]struct {
		method string
		opts   []nethttpotel.Option
		status any
	}{
		"CONNECT": {http.MethodConnect, nil, nil},
		"option":  {http.MethodGet, []nethttpotel.Option{nethttpotel.WithResponseWriter(addSettings)}, int64(202)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			handler := nethttpotel.Middleware(r, test.opts...)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusAccepted)
				_, _ = io.WriteString(w, w.(settingsProvider).Settings())
			}))
			w := settingsWriter{httptest.NewRecorder()}
			handler.ServeHTTP(w, httptest.NewRequest(test.method, "/", http.NoBody))
			if w.Code != http.StatusAccepted || w.Body.String() != "from below" {
				t.Errorf("got %d %q", w.Code, w.Body)
			}
			httpservertest.Expect(t, r.Only(), map[string]any{"http.response.status_code": test.status, "error.type": nil})
		})
	}
}

// TestConnectResponseIsRecorded proves that the response to a CONNECT is recorded if the
// recorder has all methods of the writer, which is the case for net/http's writers.
func TestConnectResponseIsRecorded(t *testing.T) {
	s := serve(t, httpserver.Config{}, respondWith(http.StatusBadGateway, "no such host"))
	sendRaw(t, s.server, "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\nConnection: close\r\n\r\n")
	s.checkNotCutOff(t, 502)
}

// TestWriterKeepsControllerMethods proves that the handler's writer has the methods that
// http.ResponseController uses, as without the middleware. Handlers can call them without
// Unwrap.
func TestWriterKeepsControllerMethods(t *testing.T) {
	type controlled interface {
		SetReadDeadline(time.Time) error
		SetWriteDeadline(time.Time) error
		EnableFullDuplex() error
	}
	s := serve(t, httpserver.Config{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, ok := w.(controlled)
		if !ok || c.SetReadDeadline(time.Time{}) != nil || c.SetWriteDeadline(time.Time{}) != nil || c.EnableFullDuplex() != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	if status, _ := s.get(t, "/"); status != 200 {
		t.Errorf("got %d, want the methods that net/http's writer has", status)
	}
}

// TestPanicInWithResponseWriterEndsTheSpan proves that a panic in the function of
// WithResponseWriter ends the span like a panic of a handler. A span that is never ended would
// make the shutdown of the service wait for its request.
func TestPanicInWithResponseWriterEndsTheSpan(t *testing.T) {
	s := serve(t, httpserver.Config{}, respondWith(http.StatusOK, ""),
		nethttpotel.WithResponseWriter(func(observed, _ http.ResponseWriter) http.ResponseWriter { panicInHandler(); return observed }))
	if status, _ := s.get(t, "/"); status != 0 {
		t.Errorf("got status %d, want none", status)
	}
	checkException(t, s.Only())
	s.checkOnePoint(t)
}
