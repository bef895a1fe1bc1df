package echootel

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// BenchmarkMiddleware measures a request with a remote parent in Echo. The case "bare" has
// no middleware. The difference between another case and "bare" is the middleware's cost.
func BenchmarkMiddleware(b *testing.B) {
	sampled, unsampled := callerTraceparent, callerTraceparent[:53]+"00"
	benchmarks := []struct {
		name, parent, path string
		withoutMiddleware  bool
	}{
		{name: "bare", parent: sampled, path: "/process/12345", withoutMiddleware: true},
		{name: "sampled", parent: sampled, path: "/process/12345"},
		{name: "unsampled", parent: unsampled, path: "/process/12345"},
		{name: "excluded", parent: sampled, path: "/healthz"},
		{name: "not found", parent: unsampled, path: "/api/none"},
		{name: "error", parent: unsampled, path: "/fail"},
	}
	for _, benchmark := range benchmarks {
		b.Run(benchmark.name, func(b *testing.B) {
			e := echo.New()
			if !benchmark.withoutMiddleware {
				e.Use(Middleware(httpservertest.Discarding(b, httpserver.Config{Exclude: []string{"healthz"}})))
			}
			respond := func(c echo.Context) error { return c.NoContent(http.StatusOK) }
			e.GET("/process/:item_id", respond)
			e.GET("/healthz", respond)
			e.GET("/fail", func(echo.Context) error { return echo.ErrBadGateway })
			e.Group("/api", passThrough).GET("/users", respond)
			r := httptest.NewRequest(http.MethodGet, benchmark.path, http.NoBody)
			r.Header.Set("Traceparent", benchmark.parent)
			r.Header.Set("User-Agent", "bench/1")
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				w.Body.Reset()
				e.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkRoute shows the time that the cache of routes saves. In the case "cached", the
// route is in the cache. In the case "uncached", each call starts with an empty cache and
// queries Echo's router.
func BenchmarkRoute(b *testing.B) {
	e := echo.New()
	e.GET("/process/:item_id", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	c := e.NewContext(httptest.NewRequest(http.MethodGet, "/process/12345", http.NoBody), nil)
	e.Router().Find(http.MethodGet, "/process/12345", c)
	var finderWithCache routeFinder
	for name, routeOf := range map[string]func(echo.Context) (string, bool){
		"cached":   finderWithCache.routeOf,
		"uncached": func(c echo.Context) (string, bool) { return new(routeFinder).routeOf(c) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if path, certain := routeOf(c); path != "/process/:item_id" || !certain {
					b.Fatalf("got %q, certain: %v", path, certain)
				}
			}
		})
	}
}
