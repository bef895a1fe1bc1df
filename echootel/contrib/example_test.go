package contrib_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel/contrib"
)

// This example adds exclusion rules to otelecho. The application has built the providers
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

	e := echo.New()
	e.Use(contrib.Middleware(engine))
	e.GET("/healthz", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	e.GET("/process/:item_id", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	serve := func(path string) {
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody))
	}
	serve("/healthz")
	serve("/process/12345")
	for _, span := range spans.Ended() {
		fmt.Println(span.SpanKind(), span.Name())
	}
	// Output: server GET /process/:item_id
}
