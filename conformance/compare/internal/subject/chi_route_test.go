package subject

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// TestChiRoutesAreRecorded checks that the routes of chi are recorded as nethttpotel's
// documentation says.
func TestChiRoutesAreRecorded(t *testing.T) {
	ok := func(http.ResponseWriter, *http.Request) {}
	// copyRequest calls the next handler with a copy of the request, as many middlewares do.
	copyRequest := middleware.WithValue("key", "value")
	tests := []struct {
		name     string
		register func(r chi.Router)
		method   string
		path     string
		want     string
		status   int
	}{
		{"parameter", func(r chi.Router) { r.Get("/users/{id}", ok) }, "GET", "/users/1", "GET /users/{id}", 200},
		{"expression", func(r chi.Router) { r.Get("/users/{id:[0-9]+}", ok) }, "GET", "/users/1", "GET /users/{id:[0-9]+}", 200},
		{"wildcard", func(r chi.Router) { r.Get("/files/*", ok) }, "GET", "/files/a/b", "GET /files/*", 200},
		{"sub-router by Route", func(r chi.Router) {
			r.Route("/api", func(r chi.Router) { r.Get("/users/{id}", ok) })
		}, "GET", "/api/users/1", "GET /api/users/{id}", 200},
		{"sub-router by Mount", func(r chi.Router) { r.Mount("/api", newChiRouter(func(r chi.Router) { r.Get("/users/{id}", ok) })) }, "GET", "/api/users/1", "GET /api/users/{id}", 200},
		{"sub-router below a parameter, with middlewares that copy", func(r chi.Router) {
			r.Use(copyRequest)
			r.Route("/tenants/{tenant}", func(r chi.Router) {
				r.Use(copyRequest)
				r.Mount("/api", newChiRouter(func(r chi.Router) { r.With(copyRequest).Get("/users/{id}", ok) }))
			})
		}, "GET", "/tenants/1/api/users/2", "GET /tenants/{tenant}/api/users/{id}", 200},
		{"group", func(r chi.Router) {
			r.Group(func(r chi.Router) {
				r.Use(copyRequest)
				r.Get("/users/{id}", ok)
			})
		}, "GET", "/users/1", "GET /users/{id}", 200},
		{"unmatched", func(r chi.Router) { r.Get("/a", ok) }, "GET", "/none", "GET", 404},
		{"unmatched, behind a middleware that copies", func(r chi.Router) { r.Use(copyRequest); r.Get("/a", ok) }, "GET", "/none", "GET", 404},
		{"method not allowed", func(r chi.Router) { r.Get("/a", ok) }, "POST", "/a", "POST", 405},
		{"unmatched in a sub-router", func(r chi.Router) { r.Route("/api", func(r chi.Router) { r.Get("/a", ok) }) }, "GET", "/api/none", "GET /api/*", 404},
		{"method not allowed in a sub-router", func(r chi.Router) { r.Route("/api", func(r chi.Router) { r.Get("/a", ok) }) }, "POST", "/api/a", "POST /api/*", 405},
		{"HEAD for GET", func(r chi.Router) { r.Use(middleware.GetHead); r.Get("/users/{id}", ok) }, "HEAD", "/users/1", "HEAD /users/{id}", 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spans := httpservertest.New(t, httpserver.Config{})
			handler := newChiRouter(func(r chi.Router) {
				r.Use(middleware.Recoverer, nethttpotel.Middleware(spans, nethttpotel.WithRoute(routeOfChi)))
				test.register(r)
			})
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), test.method, test.path, http.NoBody))
			if got := spans.Only().Name(); got != test.want || w.Code != test.status {
				t.Errorf("got %q and status %d, want %q and %d", got, w.Code, test.want, test.status)
			}
		})
	}
}

// newChiRouter returns a chi router on which register has registered its routes.
func newChiRouter(register func(chi.Router)) http.Handler {
	r := chi.NewRouter()
	register(r)
	return r
}

// newMiddlewareFunc is a function that returns a middleware with the options.
type newMiddlewareFunc func(...nethttpotel.Option) func(http.Handler) http.Handler

// TestChiNeedsWithRoute checks that the route of chi is recorded only if the middleware is
// registered on the router and has the option WithRoute.
func TestChiNeedsWithRoute(t *testing.T) {
	api := func(r chi.Router) {
		r.Route("/api", func(r chi.Router) {
			r.With(middleware.WithValue("key", "value")).Get("/users/{id}", func(http.ResponseWriter, *http.Request) {})
		})
	}
	tests := []struct {
		name       string
		newHandler func(newMiddlewareFunc) http.Handler
		want       string
	}{
		{"on the router, with WithRoute", func(m newMiddlewareFunc) http.Handler {
			return newChiRouter(func(r chi.Router) { r.Use(m(nethttpotel.WithRoute(routeOfChi))); api(r) })
		}, "GET /api/users/{id}"},
		{"on the router, without WithRoute", func(m newMiddlewareFunc) http.Handler {
			return newChiRouter(func(r chi.Router) {
				r.Use(m())
				r.Use(middleware.WithValue("key", "value"))
				api(r)
			})
		}, "GET"},
		{"around the router, with WithRoute", func(m newMiddlewareFunc) http.Handler {
			return m(nethttpotel.WithRoute(routeOfChi))(newChiRouter(api))
		}, "GET"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spans := httpservertest.New(t, httpserver.Config{})
			handler := test.newHandler(func(options ...nethttpotel.Option) func(http.Handler) http.Handler {
				return nethttpotel.Middleware(spans, options...)
			})
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(context.Background(), "GET", "/api/users/1", http.NoBody))
			if got := spans.Only().Name(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
