package echootel

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestSubRequestsDoNotChangeSpan proves that the span of a request does not change if the
// handler passes further requests to the same application, even if the further requests
// have the context of the handler's request.
func TestSubRequestsDoNotChangeSpan(t *testing.T) {
	requests := map[string]func(r *http.Request, path string) *http.Request{
		"new": func(r *http.Request, path string) *http.Request {
			subRequest, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, path, http.NoBody)
			return subRequest
		},
		"clone": func(r *http.Request, path string) *http.Request {
			subRequest := r.Clone(r.Context())
			subRequest.URL.Path = path
			return subRequest
		},
		"copy with the same header": func(r *http.Request, path string) *http.Request {
			subRequest := r.WithContext(r.Context())
			target := *r.URL
			target.Path = path
			subRequest.URL = &target
			return subRequest
		},
	}
	for name, newRequest := range requests {
		for _, path := range []string{"/items/1", "/fail", "/panic", "/none", "/api/none"} {
			t.Run(name+" "+path, func(t *testing.T) {
				e, rec := newApp(t)
				e.Logger = slog.New(slog.DiscardHandler)
				e.GET("/items/:id", respondOK)
				e.GET("/fail", func(*echo.Context) error { return errors.New("no") })
				e.GET("/panic", panicWith(errors.New("inner")))
				e.Group("/api", passThrough).GET("/x", respondOK)
				e.GET("/batch", func(c *echo.Context) error {
					for range 2 {
						func() {
							defer func() { _ = recover() }()
							e.ServeHTTP(httptest.NewRecorder(), newRequest(c.Request(), path))
						}()
					}
					return c.String(http.StatusAccepted, "done")
				})
				if got := get(t, httpservertest.Start(t, e)+"/batch"); got.StatusCode != http.StatusAccepted || got.Text != "done" {
					t.Errorf("got %d %q, want 202 done", got.StatusCode, got.Text)
				}
				if events := rec.Only().Events(); len(events) > 0 {
					t.Errorf("got events %v, want none", events)
				}
				rec.ExpectGet("/batch", http.StatusAccepted, nil, nil)
			})
		}
	}
}

// TestMountedRouteIncludesPattern proves that the route of an application that is mounted
// on an http.ServeMux includes the mux's pattern if the middleware is registered with Pre.
// With Use, the pattern is not known, since Echo overwrites it when it routes.
func TestMountedRouteIncludesPattern(t *testing.T) {
	for _, test := range []struct{ pattern, prefix, path, want string }{
		{"/shop/", "/shop", "/shop/items/1", "GET /shop/items/:id"},
		{"/t/{tenant}/", "/t/acme", "/t/acme/items/1", "GET /t/{tenant}/items/:id"},
		{"/t/{tenant}/", "/t/acme", "/t/acme/none", "GET"},
		{"/", "", "/items/1", "GET /items/:id"},
	} {
		rec := httpservertest.New(t, httpserver.Config{})
		e := echo.New()
		e.Pre(Middleware(rec))
		e.GET("/items/:id", respondOK)
		mux := http.NewServeMux()
		mux.Handle(test.pattern, http.StripPrefix(test.prefix, e))
		get(t, httpservertest.Start(t, mux)+test.path)
		span := rec.Only()
		if span.Name() != test.want {
			t.Errorf("%s: got name %q, want %q", test.path, span.Name(), test.want)
		}
		httpservertest.Expect(t, span, map[string]any{"url.path": test.path})
	}
}

// TestURLPathIsAsSent proves that url.path is the path that the client sent, even if a
// middleware has rewritten the path before the span starts.
func TestURLPathIsAsSent(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Pre(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			c.Request().URL.Path = "/items/2"
			return next(c)
		}
	})
	e.Use(Middleware(rec))
	e.GET("/items/:id", respondOK)
	get(t, httpservertest.Start(t, e)+"/old/2")
	httpservertest.Expect(t, rec.Only(), map[string]any{"url.path": "/old/2", "http.route": "/items/:id"})
}
