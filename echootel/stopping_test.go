package echootel

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/internal/stdhttp"
)

func newStoppingApp(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
	e := echo.New()
	e.Use(Middleware(rec))
	e.GET("/", func(c echo.Context) error {
		handler(c.Response().Writer, c.Request())
		return nil
	})
	e.GET("/excluded", echo.WrapHandler(handler))
	return e
}

func TestStoppingClosesConnections(t *testing.T) { httpservertest.CheckStopping(t, newStoppingApp) }

// TestEarlyHintsWhileStopping sends the hints through the writer below Echo's response, which
// takes any status for the final one.
func TestEarlyHintsWhileStopping(t *testing.T) {
	httpservertest.CheckEarlyHintsWhileStopping(t, newStoppingApp)
}

// TestErrorHandlerWhileDraining proves that the span has the status that the error handler
// writes over HTTP/2 while core.Serve drains the service: the writer is then not net/http's own.
func TestErrorHandlerWhileDraining(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.HTTPErrorHandler = func(_ error, c echo.Context) { _ = c.NoContent(http.StatusTeapot) }
	e.Use(Middleware(rec))
	e.GET("/", func(echo.Context) error { return echo.ErrBadRequest })
	drain := new(stdhttp.Drain)
	server := httptest.NewUnstartedServer(drain.Wrap(e))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	drain.StopKeepAlives()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.status_code": int64(http.StatusTeapot)})
}
