package echootel

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// noUnwrapWriter has no method Unwrap, so that Echo's response below it cannot be found.
type noUnwrapWriter struct{ http.ResponseWriter }

// TestReplacedResponseIsRecorded proves that our middleware records the response if an
// outer middleware has replaced Echo's response with a writer of its own. Afterwards, the
// outer middleware must find its writer in the context.
func TestReplacedResponseIsRecorded(t *testing.T) {
	replaceResponse := func(wrap func(http.ResponseWriter) http.ResponseWriter, restore bool) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				before := c.Response()
				c.SetResponse(wrap(before))
				if restore {
					defer c.SetResponse(before)
				}
				return next(c)
			}
		}
	}
	newResponse := func(w http.ResponseWriter) http.ResponseWriter { return echo.NewResponse(w, nil) }
	hideResponse := func(w http.ResponseWriter) http.ResponseWriter { return noUnwrapWriter{w} }
	outside := map[string]echo.MiddlewareFunc{
		"a response":            replaceResponse(newResponse, false),
		"a response, put back":  replaceResponse(newResponse, true),
		"one that hides Echo's": replaceResponse(hideResponse, false),
		"body dump":             middleware.BodyDump(func(*echo.Context, []byte, []byte, error) {}),
		"gzip of long bodies":   middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 1000}),
		"net/http middleware":   echo.WrapMiddleware(func(h http.Handler) http.Handler { return h }),
	}
	want := map[string]wantOutcome{
		"/ok":      {200, int64(2), nil},
		"/fail":    {502, int64(26), "502"},
		"/partial": {202, int64(4), nil},
	}
	for name, outerMiddleware := range outside {
		for path, want := range want {
			t.Run(name+" "+path, func(t *testing.T) {
				serve := func(middlewares ...echo.MiddlewareFunc) (answer string, writerRestored bool) {
					e := echo.New()
					e.Use(outerMiddleware, func(next echo.HandlerFunc) echo.HandlerFunc {
						return func(c *echo.Context) error {
							before := c.Response()
							err := next(c)
							writerRestored = c.Response() == before
							return err
						}
					})
					e.Use(middlewares...)
					e.GET("/ok", respondOK)
					e.GET("/fail", func(*echo.Context) error { return echo.ErrBadGateway })
					e.GET("/partial", func(c *echo.Context) error {
						c.Response().WriteHeader(http.StatusAccepted)
						_, err := c.Response().Write([]byte("part"))
						return err
					})
					got := httpservertest.Send(t, http.MethodGet, httpservertest.Start(t, e)+path, nil, "Accept-Encoding", "gzip")
					return fmt.Sprint(got.StatusCode, got.Header["Content-Type"], got.Header["Content-Encoding"], got.Text), writerRestored
				}
				rec := httpservertest.New(t, httpserver.Config{})
				withoutMiddleware, _ := serve()
				got, writerRestored := serve(Middleware(rec))
				if got != withoutMiddleware {
					t.Errorf("got %s, want %s as without the middleware", got, withoutMiddleware)
				}
				if !writerRestored {
					t.Error("the context's writer is not put back")
				}
				if path == "/fail" && strings.HasPrefix(name, "one that hides") {
					want = wantOutcome{errorType: "*echo.httpError"} // the middleware cannot observe the response
				}
				want.check(t, rec, path)
			})
		}
	}
}

// TestHandlerFindsEchoResponse proves that c.Response() is an *echo.Response in a handler,
// as it is without the middleware.
func TestHandlerFindsEchoResponse(t *testing.T) {
	e, rec := newApp(t)
	e.GET("/", func(c *echo.Context) error {
		response, ok := c.Response().(*echo.Response)
		if !ok {
			return fmt.Errorf("got a %T", c.Response())
		}
		response.After(func() { response.Header().Set("Trailer", "too late") })
		return c.String(http.StatusAccepted, "ok")
	})
	if got := get(t, httpservertest.Start(t, e)); got.StatusCode != http.StatusAccepted {
		t.Errorf("got %d %s, want 202", got.StatusCode, got.Text)
	}
	wantOutcome{202, int64(2), nil}.check(t, rec, "/")
}
