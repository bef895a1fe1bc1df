package echootel

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// newFuzzApp returns an application whose responses describe the request, so that the
// caller can compare them with and without our middleware. The application has our
// middleware if src is not nil. It calls arrived at the start of each request.
func newFuzzApp(src httpserver.Source, arrived func()) http.Handler {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: func(_ echo.Context, err error, _ []byte) error { return err }}))
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			arrived()
			return next(c)
		}
	})
	if src != nil {
		e.Use(Middleware(src))
	}
	e.Any("/", func(c echo.Context) error {
		r := c.Request()
		n, err := io.Copy(io.Discard, r.Body)
		return c.String(http.StatusOK, fmt.Sprintf("%q %q %q %q %q %q %d %v %d\n", r.Method, r.Host, r.URL, c.Path(), r.UserAgent(),
			c.ParamValues(), n, err, len(r.Header)))
	})
	e.Any("/process/:item_id", func(c echo.Context) error {
		return c.JSON(http.StatusAccepted, echo.Map{"item_id": c.Param("item_id")})
	})
	e.Any("/users/:id/*", func(c echo.Context) error { return c.Stream(http.StatusOK, "text/plain", c.Request().Body) })
	e.POST("/form", func(c echo.Context) error { return c.String(http.StatusOK, c.FormValue("a")) })
	e.Any("/panic", func(echo.Context) error { panic("on purpose") })
	return e
}

func FuzzMiddleware(f *testing.F) {
	routes := []string{"/", "/process/{item_id}", "/users/{id}/{...}", "/form", "/panic"}
	httpservertest.Fuzz(f, routes, func(t testing.TB, src httpserver.Source, arrived func()) func(*httpservertest.Wire) {
		t.Helper()
		handler := newFuzzApp(src, arrived)
		return func(wire *httpservertest.Wire) { httpservertest.ServeWire(t, handler, wire) }
	})
}
