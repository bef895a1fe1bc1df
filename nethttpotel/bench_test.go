package nethttpotel_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/nethttpotel"
)

// noopProcessor is a span processor that ignores the spans.
type noopProcessor struct{}

func (noopProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (noopProcessor) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (noopProcessor) Shutdown(context.Context) error                  { return nil }
func (noopProcessor) ForceFlush(context.Context) error                { return nil }

// sinkWriter is a response writer that discards the response. A benchmark reuses it.
type sinkWriter struct{ header http.Header }

func (w sinkWriter) Header() http.Header               { return w.header }
func (w sinkWriter) Write(p []byte) (int, error)       { return len(p), nil }
func (w sinkWriter) WriteString(s string) (int, error) { return len(s), nil }
func (w sinkWriter) WriteHeader(int)                   {}
func (w sinkWriter) Flush()                            {}

func BenchmarkMiddleware(b *testing.B) {
	const unsampled = "00-" + callerTraceID + "-" + callerSpanID + "-00"
	mux := http.NewServeMux()
	respond := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"processed"}`) }
	mux.HandleFunc("GET /process/{item_id}", respond)
	mux.HandleFunc("GET /healthz", respond)
	instrument := func() http.Handler {
		engine, err := httpserver.New(httpserver.Config{
			TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(noopProcessor{})),
			MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())),
			Exclude:        []string{"healthz", "metrics", "docs"},
		})
		if err != nil {
			b.Fatal(err)
		}
		return nethttpotel.Middleware(engine)(mux)
	}
	tests := []struct {
		name              string
		handler           http.Handler
		path              string
		callerTraceparent string
	}{
		{"bare", mux, "/process/12345", callerTraceparent},
		{"sampled", instrument(), "/process/12345", callerTraceparent},
		{"unsampled", instrument(), "/process/12345", unsampled},
		{"excluded", instrument(), "/healthz", callerTraceparent},
	}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, test.path, http.NoBody)
			request.Header.Set("User-Agent", "Go-http-client/1.1")
			request.Header.Set("Traceparent", test.callerTraceparent)
			w := sinkWriter{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				request.Pattern = "" // the mux of the last iteration has set it
				test.handler.ServeHTTP(w, request)
			}
		})
	}
}
