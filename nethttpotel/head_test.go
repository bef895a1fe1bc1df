package nethttpotel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// TestHeadOverHTTP2 proves that the response to a HEAD request is not an error if the
// handler continues to write. HTTP/2 closes the stream after the header, which ends the
// context and makes writes fail.
func TestHeadOverHTTP2(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"stream": func(w http.ResponseWriter, r *http.Request) {
			for range 3 {
				_, _ = io.WriteString(w, "event")
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
			_, _ = io.WriteString(w, "event")
			_ = http.NewResponseController(w).Flush()
		},
		"flush alone": func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		"large": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", 5000))
			<-r.Context().Done()
			_, _ = io.WriteString(w, strings.Repeat("x", 5000))
		},
		"large with a declared length": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10000")
			_, _ = io.WriteString(w, strings.Repeat("x", 5000))
			<-r.Context().Done()
			_, _ = io.Copy(w, strings.NewReader(strings.Repeat("x", 5000)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				r := httpservertest.New(t, httpserver.Config{})
				server, _ := startServer(t, nethttpotel.Middleware(r)(handler), func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() })
				response, err := server.Client().Head(server.URL)
				if err != nil {
					t.Fatal(err)
				}
				if err := response.Body.Close(); err != nil {
					t.Fatal(err)
				}
				span := r.Only()
				httpservertest.Expect(t, span, map[string]any{"http.response.status_code": int64(response.StatusCode), "error.type": nil})
				if span.Status().Code != codes.Unset {
					t.Errorf("got status %v, want Unset", span.Status())
				}
			}
		})
	}
}
