package contrib_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel/contrib"
)

// This example adds exclusion rules to otelgin. The application has built the providers
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

	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(contrib.Middleware(engine))
	r.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusOK) })
	r.GET("/process/:item_id", func(c *gin.Context) { c.Status(http.StatusOK) })
	serve := func(path string) {
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody))
	}
	serve("/healthz")
	serve("/process/12345")
	for _, span := range spans.Ended() {
		fmt.Println(span.SpanKind(), span.Name())
	}
	// Output: server GET /process/:item_id
}
