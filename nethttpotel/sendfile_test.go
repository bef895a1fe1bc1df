package nethttpotel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// TestSendfileIsStillUsed proves that the kernel still sends files itself, without copying
// them through this process.
func TestSendfileIsStillUsed(t *testing.T) {
	path := httpservertest.File(t)
	for name, handler := range map[string]http.HandlerFunc{
		"http.ServeFile": func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) },
		"io.Copy": func(w http.ResponseWriter, _ *http.Request) {
			file, err := os.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = file.Close() }()
			w.Header().Set("Content-Length", "1000000")
			_, _ = io.Copy(w, file)
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			spy := httpservertest.NewSpy(t)
			startServer(t, nethttpotel.Middleware(rec)(handler), func(s *httptest.Server) {
				_ = s.Listener.Close()
				s.Listener = spy
			})
			if !spy.SentByKernel(t) {
				t.Errorf("the connection was given %q to send, want the file itself", spy.Sent())
			}
			if got := httpservertest.Attribute(rec.Only(), "http.response.body.size"); got != int64(1_000_000) {
				t.Errorf("got body size %v, want 1000000", got)
			}
		})
	}
}
