package echootel

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/internal/httpservertest"
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
