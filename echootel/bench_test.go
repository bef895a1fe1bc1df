package echootel

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
)

// BenchmarkMiddleware serves one request with a remote parent.
func BenchmarkMiddleware(b *testing.B) {
	sampled, unsampled := callerParent, callerParent[:53]+"00"
	benchmarks := []struct {
		name, parent, path string
		bare               bool
	}{
		{name: "bare", parent: sampled, path: "/process/12345", bare: true},
		{name: "sampled", parent: sampled, path: "/process/12345"},
		{name: "unsampled", parent: unsampled, path: "/process/12345"},
		{name: "excluded", parent: sampled, path: "/healthz"},
		{name: "not found", parent: unsampled, path: "/api/none"},
		{name: "error", parent: unsampled, path: "/fail"},
	}
	for _, benchmark := range benchmarks {
		b.Run(benchmark.name, func(b *testing.B) {
			e := echo.New()
			if !benchmark.bare {
				e.Use(Middleware(newEngine(b)))
			}
			done := func(c echo.Context) error { return c.NoContent(http.StatusOK) }
			e.GET("/process/:item_id", done)
			e.GET("/healthz", done)
			e.GET("/fail", func(echo.Context) error { return echo.ErrBadGateway })
			e.Group("/api", pass).GET("/users", done)
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

// newEngine returns an engine over the SDK without exporters.
func newEngine(b *testing.B) *httpserver.Engine {
	b.Helper()
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(discard{})),
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())),
		Exclude:        []string{"healthz"},
	})
	if err != nil {
		b.Fatal(err)
	}
	return engine
}

// discard makes spans recorded and keeps none.
type discard struct{ sdktrace.SpanProcessor }

func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discard) OnEnd(sdktrace.ReadOnlySpan)                     {}
