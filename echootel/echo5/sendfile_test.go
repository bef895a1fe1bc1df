package echootel

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/internal/httpservertest"
)

// TestFilesAreSentAsWithout proves that files are sent in the same way as
// without the middleware: c.FileFS does not use sendfile; the writer that it
// wraps can.
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
		"c.FileFS": func(c *echo.Context) error { return c.FileFS(filepath.Base(path), os.DirFS(filepath.Dir(path))) },
		"the writer inside": func(c *echo.Context) error {
			http.ServeFile(innerWriter(c), c.Request(), path)
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
