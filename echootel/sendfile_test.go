package echootel

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/internal/httpservertest"
)

// TestFilesAreSentAsWithout proves that the middleware takes no faster way of
// sending a file away: by today's c.File, Echo has none to take; through the
// writer that it wraps there is one.
func TestFilesAreSentAsWithout(t *testing.T) {
	path := httpservertest.File(t)
	sent := func(e *echo.Echo, handler echo.HandlerFunc) bool {
		e.GET("/file", handler)
		spy := httpservertest.NewSpy(t)
		server := httptest.NewUnstartedServer(e)
		_ = server.Listener.Close()
		server.Listener = spy
		server.Start()
		defer server.Close()
		return spy.SentByKernel(t)
	}
	for name, handler := range map[string]echo.HandlerFunc{
		"c.File": func(c echo.Context) error { return c.File(path) },
		"the writer inside": func(c echo.Context) error {
			http.ServeFile(c.Response().Writer, c.Request(), path)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, rec := newApp(t)
			bare, got := sent(echo.New(), handler), sent(e, handler)
			if got != bare {
				t.Errorf("sent by the kernel: got %v, want %v as without us", got, bare)
			}
			httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.body.size": int64(1_000_000)})
		})
	}
}
