package httpservertest

import (
	"io"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckHijackedWithoutUpgrade checks the span of a handler that takes over the connection of
// a request without an Upgrade header, to send a response itself or to close the connection.
// The middleware does not see the status, and the status cannot be 101, so the span must have
// none. app serves handler for every path.
func CheckHijackedWithoutUpgrade(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	for name, response := range map[string]string{
		"own response":      "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"closed connection": "",
	} {
		t.Run(name, func(t *testing.T) {
			rec := New(t, httpserver.Config{})
			url := Start(t, app(rec, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, response)
				_ = conn.Close()
			}))
			if got := Raw(t, url, RawRequest(http.MethodGet, "/", "")); got != response {
				t.Fatalf("got %q on the wire, want %q", got, response)
			}
			span := rec.Only()
			Expect(t, span, map[string]any{"http.response.status_code": nil, "http.response.body.size": nil, "error.type": nil})
			if span.Status().Code != codes.Unset {
				t.Errorf("got status %v, want Unset", span.Status())
			}
			rec.ExpectOnePoint(0)
		})
	}
}
