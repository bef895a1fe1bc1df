package echootel

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// newApp returns an application with the middleware, and the recorder of its telemetry.
func newApp(t *testing.T, opts ...Option) (*echo.Echo, *httpservertest.Recorder) {
	t.Helper()
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Use(Middleware(rec, opts...))
	return e, rec
}

// get sends a GET request and returns the response.
func get(t *testing.T, url string, header ...string) httpservertest.Answer {
	t.Helper()
	return httpservertest.Send(t, http.MethodGet, url, nil, header...)
}

// echoResponse returns Echo's own response, which may be inside the writer that
// c.Response() returns.
func echoResponse(c *echo.Context) *echo.Response {
	response, err := echo.UnwrapResponse(c.Response())
	if err != nil {
		panic(err)
	}
	return response
}

// innerWriter returns the writer that Echo's own response writes to.
func innerWriter(c *echo.Context) http.ResponseWriter { return echoResponse(c).ResponseWriter }

// flush flushes the response.
func flush(c *echo.Context) { echoResponse(c).Flush() }
