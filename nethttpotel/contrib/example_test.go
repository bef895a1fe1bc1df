package contrib_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/nethttpotel/contrib"
)

// This example adds exclusion rules to otelhttp. The application has built the providers
// itself. An application that calls core.Setup passes its *core.Telemetry instead of the
// engine.
func ExampleMiddleware() {
	spans := tracetest.NewSpanRecorder()
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
		MeterProvider:  metricnoop.NewMeterProvider(),
		Exclude:        []string{"healthz"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /process/{item_id}", func(http.ResponseWriter, *http.Request) {})
	handler := contrib.Middleware(engine)(mux)
	serve := func(path string) {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody))
	}
	serve("/healthz")
	serve("/process/12345")
	for _, span := range spans.Ended() {
		fmt.Println(span.SpanKind(), span.Name())
	}
	// Output: server GET /process/{item_id}
}
