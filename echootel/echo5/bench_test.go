package echootel

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"

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
			respond := func(c *echo.Context) error { return c.NoContent(http.StatusOK) }
			e.GET("/process/:item_id", respond)
			e.GET("/healthz", respond)
			e.GET("/fail", func(*echo.Context) error { return echo.ErrBadGateway })
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
