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

// discardWriter is a response writer that discards the response.
type discardWriter struct{ header http.Header }

func (w *discardWriter) Header() http.Header         { return w.header }
func (w *discardWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *discardWriter) WriteHeader(int)             {}

// BenchmarkMiddleware measures a request with a remote parent in Gin. The case "bare" has
// no middleware. The difference between another case and "bare" is the middleware's cost.
func BenchmarkMiddleware(b *testing.B) {
	tests := []struct {
		name              string
		withoutMiddleware bool
		path              string
		traceparent       string
	}{
		{"bare", true, "/process/12345", callerTraceparent},
		{"sampled", false, "/process/12345", callerTraceparent},
		{"unsampled", false, "/process/12345", unsampledTraceparent},
		{"excluded", false, "/healthz", callerTraceparent},
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
			if !test.withoutMiddleware {
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
			w := &discardWriter{header: make(http.Header)}
			b.ReportAllocs()
			for b.Loop() {
				r.ServeHTTP(w, request)
			}
		})
	}
}
