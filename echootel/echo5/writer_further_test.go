package echootel

import (
	"errors"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// middlewareWriter is the writer that an outer middleware sets in the response. After the
// request, the outer middleware must find a writer of this type there.
type middlewareWriter struct{ http.ResponseWriter }

// Unwrap lets Echo find its own Response below the writer.
func (w *middlewareWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// TestOuterMiddlewareKeepsItsWriter proves that an outer middleware that sets a writer
// finds the same writer after the request, even if the request has failed.
func TestOuterMiddlewareKeepsItsWriter(t *testing.T) {
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/ok", 200},
		{"GET", "/fail", 500},
		{"GET", "/teapot", 418},
		{"GET", "/panic", 500},
		{"GET", "/none", 404},
		{"GET", "/api/none", 404},
		{"POST", "/ok", 405},
	} {
		rec := httpservertest.New(t, httpserver.Config{})
		e := echo.New()
		writers := make(chan http.ResponseWriter, 1)
		e.Use(middleware.Recover(), func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				c.SetResponse(&middlewareWriter{c.Response()})
				defer func() { writers <- c.Response() }()
				return next(c)
			}
		}, Middleware(rec))
		e.GET("/ok", respondOK)
		e.GET("/fail", func(*echo.Context) error { return errors.New("no") })
		e.GET("/teapot", func(*echo.Context) error { return echo.NewHTTPError(http.StatusTeapot, "no") })
		e.GET("/panic", panicWith(errors.New("boom")))
		e.Group("/api", passThrough).GET("/x", respondOK)
		answer := httpservertest.Send(t, test.method, httpservertest.Start(t, e)+test.path, nil)
		if answer.StatusCode != test.status {
			t.Errorf("%s %s: got status %d, want %d", test.method, test.path, answer.StatusCode, test.status)
		}
		if w, ok := (<-writers).(*middlewareWriter); !ok {
			t.Errorf("%s %s: got writer %T, want *middlewareWriter", test.method, test.path, w)
		}
		httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.status_code": int64(test.status)})
	}
}
