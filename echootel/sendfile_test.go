package echootel

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/internal/httpservertest"
)

// TestMiddlewareKeepsSendfile proves that the kernel sends a file with sendfile if, and
// only if, it does so without the middleware. Without the middleware, c.File does not use
// sendfile, but http.ServeFile on the writer inside Echo's response does.
func TestMiddlewareKeepsSendfile(t *testing.T) {
	path := httpservertest.File(t)
	sentByKernel := func(e *echo.Echo, handler echo.HandlerFunc) bool {
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
			withoutMiddleware, got := sentByKernel(echo.New(), handler), sentByKernel(e, handler)
			if got != withoutMiddleware {
				t.Errorf("sent by the kernel: got %v, want %v as without the middleware", got, withoutMiddleware)
			}
			httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.body.size": int64(1_000_000)})
		})
	}
}
