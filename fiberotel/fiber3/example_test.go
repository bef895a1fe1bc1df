package fiberotel_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/gofiber/fiber/v3"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
)

// In this example, the application creates the providers and an engine that uses them, and
// passes the engine to the middleware. An application that calls core.Setup passes its
// *core.Telemetry instead.
func ExampleMiddleware() {
	spans := tracetest.NewInMemoryExporter()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: tracers,
		MeterProvider:  noop.NewMeterProvider(),
		Exclude:        []string{"healthz"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	app := fiber.New()
	app.Use(fiberotel.Middleware(engine, fiberotel.WithAttributes(func(c fiber.Ctx) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("item.id", c.Params("item_id"))}
	})))
	app.Get("/process/:item_id", func(c fiber.Ctx) error {
		_, span := tracers.Tracer("orders").Start(c.Context(), "process_item_logic")
		defer span.End()
		return c.SendString("processed")
	})
	app.Get("/healthz", func(c fiber.Ctx) error { return c.SendString("ok") })

	for _, path := range []string{"/healthz", "/process/12345"} {
		resp, err := app.Test(httptest.NewRequestWithContext(context.Background(), "GET", path, nil))
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = resp.Body.Close()
	}
	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
	}
	// Output:
	// process_item_logic
	// GET /process/:item_id
}
