package echootel_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel"
)

// This example uses the middleware with providers that the application has built itself.
func ExampleMiddleware() {
	spans := tracetest.NewSpanRecorder()
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
		MeterProvider:  metricnoop.NewMeterProvider(),
		Exclude:        []string{"healthz", "metrics", "docs"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	e := echo.New()
	e.Use(echootel.Middleware(engine))
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok") })
	e.GET("/process/:item_id", func(echo.Context) error { return echo.ErrServiceUnavailable })

	for _, path := range []string{"/healthz", "/process/12345", "/nowhere"} {
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody))
	}
	for _, span := range spans.Ended() {
		fmt.Println(span.SpanKind(), span.Name(), span.Status().Code)
	}
	// Output:
	// server GET /process/:item_id Error
	// server GET Unset
}

func ExampleWithAttributes() {
	tenant := echootel.WithAttributes(func(c echo.Context) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("tenant.id", c.Param("tenant"))}
	})
	e := echo.New()
	e.Use(echootel.Middleware(newEngine(), tenant))
}

// newEngine returns an engine that exports nothing, for examples that send no requests.
func newEngine() *httpserver.Engine {
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: sdktrace.NewTracerProvider(),
		MeterProvider:  metricnoop.NewMeterProvider(),
	})
	if err != nil {
		panic(err)
	}
	return engine
}
