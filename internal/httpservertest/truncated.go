package httpservertest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckTruncated checks the span of a handler that writes less or more than the
// Content-Length that it declares. The client then receives a part of the response. The
// span must have the HTTP status that was sent, and the status Error. app serves handler
// for every path.
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
	} {
		for _, withHTTP2 := range []bool{false, true} {
			protocol := map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[withHTTP2]
			t.Run(name+" "+protocol, func(t *testing.T) {
				rec := New(t, httpserver.Config{})
				server := httptest.NewUnstartedServer(app(rec, handler))
				if server.EnableHTTP2 = withHTTP2; withHTTP2 {
					server.StartTLS()
				} else {
					server.Start()
				}
				defer server.Close()
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response, err := server.Client().Do(request)
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				if body, err := io.ReadAll(response.Body); err == nil {
					t.Fatalf("got the whole response %q, want a part", body)
				}
				span := rec.Only()
				Expect(t, span, map[string]any{
					"http.response.status_code": int64(response.StatusCode), "error.type": "server_closed",
				})
				if span.Status().Code != codes.Error {
					t.Errorf("got status %v, want Error", span.Status())
				}
				rec.ExpectOnePoint(response.StatusCode)
			})
		}
	}
}
