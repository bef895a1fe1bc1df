package ginotel_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
)

// discard is a response writer that discards everything.
type discard struct{ header http.Header }

func (w *discard) Header() http.Header         { return w.header }
func (w *discard) Write(p []byte) (int, error) { return len(p), nil }
func (w *discard) WriteHeader(int)             {}

// BenchmarkMiddleware sends a request with a remote parent through Gin; the
// difference to bare is the cost of the middleware.
func BenchmarkMiddleware(b *testing.B) {
	tests := []struct {
		name        string
		bare        bool
		path        string
		traceparent string
	}{
		{"bare", true, "/process/12345", caller},
		{"sampled", false, "/process/12345", caller},
		{"unsampled", false, "/process/12345", callerUnsampled},
		{"excluded", false, "/healthz", caller},
	}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			engine, err := httpserver.New(httpserver.Config{
				TracerProvider: sdktrace.NewTracerProvider(),
				MeterProvider:  metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())),
				Exclude:        []string{"healthz", "metrics", "docs"},
			})
			if err != nil {
				b.Fatal(err)
			}
			r := gin.New()
			if !test.bare {
				ginotel.Use(r, engine)
			}
			handler := func(c *gin.Context) { c.Status(http.StatusOK) }
			r.GET("/process/:item_id", handler)
			r.GET("/healthz", handler)
			request, err := http.NewRequest(http.MethodGet, "http://localhost:8080"+test.path, http.NoBody)
			if err != nil {
				b.Fatal(err)
			}
			request.RemoteAddr = "127.0.0.1:4711"
			request.Header.Set("Traceparent", test.traceparent)
			request.Header.Set("User-Agent", "bench/1")
			w := &discard{header: make(http.Header)}
			b.ReportAllocs()
			for b.Loop() {
				r.ServeHTTP(w, request)
			}
		})
	}
}
