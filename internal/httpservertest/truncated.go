package httpservertest

import (
	"io"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckTruncated checks the span of a handler that writes less or more than the
// Content-Length that it declares, or that declares a length too late. If the client receives
// only a part of the response, the span must have the status Error. The span must have the
// HTTP status that was sent. app serves handler for every path.
func CheckTruncated(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	declare := func(length string, write func(http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", length)
			write(w)
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"buffered": declare("10", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "part") }),
		"flushed":  declare("10", writeAndFlush),
		"large":    declare("1000000", func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 100_000)) }),
		// Over HTTP/1, the server rejects the whole write.
		"too much at once": declare("3", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "hello") }),
		// http.Error removes the Content-Length, but the header is already final.
		"error after a part": declare("100", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "part")
			http.Error(w, "failed", http.StatusInternalServerError)
		}),
		// Over HTTP/1, the client receives the whole first response.
		"two responses": declare("4", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "done")
			w.Header().Set("Content-Length", "6")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "failed")
		}),
		"length after the body": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "done")
			w.Header().Set("Content-Length", "6")
		},
	} {
		for _, withHTTP2 := range []bool{false, true} {
			protocol := map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[withHTTP2]
			t.Run(name+" "+protocol, func(t *testing.T) {
				rec := New(t, httpserver.Config{})
				response := getOver(t, app(rec, handler), withHTTP2)
				defer response.Body.Close()
				_, readErr := io.ReadAll(response.Body)
				span := rec.Only()
				var errorType any
				code := codes.Unset
				if readErr != nil {
					errorType, code = "server_closed", codes.Error
				}
				Expect(t, span, map[string]any{
					"http.response.status_code": int64(response.StatusCode), "error.type": errorType,
				})
				if span.Status().Code != code {
					t.Errorf("got status %v, want %v", span.Status(), code)
				}
				rec.ExpectOnePoint(response.StatusCode)
			})
		}
	}
}
