package contrib_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gofiber/fiber/v2"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel/contrib"
)

// This example adds exclusion rules to otelfiber. The application creates the providers and
// an engine that uses them. An application that calls core.Setup passes its *core.Telemetry
// instead of the engine.
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

	app := fiber.New()
	app.Use(contrib.Middleware(engine))
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendStatus(http.StatusOK) })
	app.Get("/process/:item_id", func(c *fiber.Ctx) error { return c.SendStatus(http.StatusOK) })
	serve := func(path string) {
		response, err := app.Test(httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if err != nil {
			fmt.Println(err)
			return
		}
		response.Body.Close()
	}
	serve("/healthz")
	serve("/process/12345")
	for _, span := range spans.Ended() {
		fmt.Println(span.SpanKind(), span.Name())
	}
	// Output: server /process/:item_id
}
