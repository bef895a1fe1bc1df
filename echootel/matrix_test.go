package echootel

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// middlewareConstructors returns constructors of middlewares of Echo, by name. These
// middlewares change a request or a response, or decide whether the next handler runs.
func middlewareConstructors(t *testing.T) map[string]func() echo.MiddlewareFunc {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hello.txt"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Upstream", r.URL.Path)
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "from upstream")
	}))
	t.Cleanup(upstream.Close)
	upstreamURL, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]func() echo.MiddlewareFunc{
		"BodyDump":       func() echo.MiddlewareFunc { return middleware.BodyDump(func(echo.Context, []byte, []byte) {}) },
		"BodyLimit":      func() echo.MiddlewareFunc { return middleware.BodyLimit("10B") },
		"CORS":           middleware.CORS,
		"ContextTimeout": func() echo.MiddlewareFunc { return middleware.ContextTimeout(time.Minute) },
		"Decompress":     middleware.Decompress,
		"Gzip":           middleware.Gzip,
		"MethodOverride": middleware.MethodOverride,
		"Proxy": func() echo.MiddlewareFunc {
			return middleware.ProxyWithConfig(middleware.ProxyConfig{
				Balancer: middleware.NewRoundRobinBalancer([]*middleware.ProxyTarget{{URL: upstreamURL}}),
				Skipper:  func(c echo.Context) bool { return !strings.HasPrefix(c.Request().URL.Path, "/proxied") },
			})
		},
		"Recover":             middleware.Recover,
		"RemoveTrailingSlash": middleware.RemoveTrailingSlash,
		"Rewrite": func() echo.MiddlewareFunc {
			return middleware.Rewrite(map[string]string{"/old/*": "/items/$1"})
		},
		"Secure": middleware.Secure,
		"Static": func() echo.MiddlewareFunc { return middleware.Static(dir) },
		"Timeout": func() echo.MiddlewareFunc {
			return middleware.TimeoutWithConfig(middleware.TimeoutConfig{Timeout: time.Minute}) //nolint:staticcheck // deprecated, but applications have it
		},
	}
}

// matrixRequests returns the text of HTTP requests that the middlewares of
// middlewareConstructors affect.
func matrixRequests() []string {
	return []string{
		httpservertest.RawRequest("GET", "/items/1", "", "Accept-Encoding: gzip", "Origin: http://elsewhere.example"),
		httpservertest.RawRequest("GET", "/items/1/", ""),
		httpservertest.RawRequest("GET", "/old/2", ""),
		httpservertest.RawRequest("GET", "/long", "", "Accept-Encoding: gzip"),
		httpservertest.RawRequest("HEAD", "/items/1", ""),
		httpservertest.RawRequest("GET", "/none", ""),
		httpservertest.RawRequest("DELETE", "/items/1", ""),
		httpservertest.RawRequest("POST", "/items/1", "short", "X-HTTP-Method-Override: PUT"),
		httpservertest.RawRequest("POST", "/echo", "far too long for the limit"),
		httpservertest.RawRequest("POST", "/echo", "tiny"),
		httpservertest.RawRequest("POST", "/trailer", "", "Transfer-Encoding: chunked") + "3\r\nabc\r\n0\r\nX-Late: yes\r\n\r\n",
		httpservertest.RawRequest("GET", "/hello.txt", ""),
		httpservertest.RawRequest("GET", "/proxied/1", ""),
		httpservertest.RawRequest("GET", "/fail", ""),
		httpservertest.RawRequest("GET", "/teapot", ""),
		httpservertest.RawRequest("GET", "/stream", ""),
	}
}

// addMatrixRoutes registers the routes for matrixRequests.
func addMatrixRoutes(e *echo.Echo) {
	e.GET("/items/:id", func(c echo.Context) error { return c.String(http.StatusOK, "item "+c.Param("id")) })
	e.PUT("/items/:id", func(c echo.Context) error { return c.String(http.StatusCreated, "put "+c.Param("id")) })
	e.POST("/items/:id", func(c echo.Context) error { return c.String(http.StatusOK, "posted "+c.Param("id")) })
	e.GET("/long", func(c echo.Context) error { return c.String(http.StatusOK, strings.Repeat("compressible ", 1000)) })
	e.POST("/echo", func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, string(body))
	})
	e.POST("/trailer", func(c echo.Context) error {
		if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		c.Response().Header().Set("Trailer", "X-End")
		err := c.String(http.StatusOK, fmt.Sprint(c.Request().Trailer))
		c.Response().Header().Set("X-End", "there")
		return err
	})
	e.GET("/fail", func(echo.Context) error { return errors.New("no") })
	e.GET("/teapot", func(echo.Context) error { return echo.NewHTTPError(http.StatusTeapot, "short and stout") })
	e.GET("/stream", func(c echo.Context) error {
		for i := range 3 {
			if _, err := fmt.Fprintf(c.Response(), "data: %d\n\n", i); err != nil {
				return err
			}
			if flusher, ok := c.Response().Writer.(http.Flusher); ok { // the writer of Echo's Timeout does not implement Flusher
				flusher.Flush()
			}
		}
		return nil
	})
}

// TestOtherMiddlewaresAreUnaffected proves that our middleware does not change a response
// if it is combined with another middleware. It combines each of Echo's middlewares with
// ours, before and after ours, with Use and with Pre.
func TestOtherMiddlewaresAreUnaffected(t *testing.T) {
	for name, newMiddleware := range middlewareConstructors(t) {
		for _, registered := range []string{"Use", "Pre"} {
			for _, order := range []string{"outside", "inside"} {
				for _, excluded := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s %s in %s, excluded %v", name, order, registered, excluded), func(t *testing.T) {
						var config httpserver.Config
						if excluded {
							config.Exclude = []string{"/**"}
						}
						httpservertest.CheckSame(t, config, func(rec *httpservertest.Recorder) http.Handler {
							e := echo.New()
							e.Logger.SetOutput(io.Discard)
							register := e.Use
							if registered == "Pre" {
								register = e.Pre
							}
							ourMiddleware := passThrough
							if rec != nil {
								ourMiddleware = Middleware(rec)
							}
							if order == "outside" {
								register(newMiddleware(), ourMiddleware)
							} else {
								register(ourMiddleware, newMiddleware())
							}
							addMatrixRoutes(e)
							return e
						}, matrixRequests()...)
					})
				}
			}
		}
	}
}

// TestConnectionIsClosedAfterEarlyClose proves that the server closes the connection if a
// handler closes the body of a request before its end, as without the middleware. Otherwise,
// the server would take the rest of the body for the next request.
func TestConnectionIsClosedAfterEarlyClose(t *testing.T) {
	// When the handler closes the body, the server reads 256 KiB of it. This is the rest.
	const rest = "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	for _, length := range []string{"Transfer-Encoding: chunked\r\n\r\n50000\r\n", "Content-Length: 327680\r\n\r\n"} {
		httpservertest.CheckSame(t, httpserver.Config{}, func(rec *httpservertest.Recorder) http.Handler {
			e := echo.New()
			if rec != nil {
				e.Pre(Middleware(rec))
			}
			e.POST("/", func(c echo.Context) error {
				_ = c.Request().Body.Close()
				return c.String(http.StatusOK, "closed")
			})
			e.GET("/next", func(c echo.Context) error { return c.String(http.StatusOK, "next") })
			return e
		}, "POST / HTTP/1.1\r\nHost: h\r\n"+length+strings.Repeat("A", 256<<10)+rest)
	}
}
