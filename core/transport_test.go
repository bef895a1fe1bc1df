package core

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/samespan/samespan/core/internal/settings"
)

// TestExportIsRetriedAfterDisconnect proves that an export is retried if the
// connection breaks before the response, as OTLP requires.
func TestExportIsRetriedAfterDisconnect(t *testing.T) {
	for name, disconnect := range map[string]func(net.Conn){
		"closed": func(conn net.Conn) { _ = conn.Close() },
		"reset": func(conn net.Conn) {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		},
		"half an answer": func(conn net.Conn) {
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"))
			_ = conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := new(receiver)
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
				if requests.Add(1) > 1 {
					r.serveHTTP(w, request)
					return
				}
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				disconnect(conn)
			}))
			t.Cleanup(server.Close)
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", server.URL, "OTEL_EXPORTER_OTLP_PROTOCOL", settings.ProtocolHTTP})
			endSpans(t, tel, 10)
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if r.spanCount() != 10 || requests.Load() != 2 {
				t.Errorf("got %d spans after %d attempts, want 10 after 2", r.spanCount(), requests.Load())
			}
		})
	}
}
