package fiberotel_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/gofiber/fiber/v3"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
)

// The middleware in this example gives each request a database session. It acquires the
// session before the handler, and commits or rolls back after the handler. Both steps are
// child spans of the server span.
func ExampleMiddleware_session() {
	spans := tracetest.NewInMemoryExporter()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	engine, err := httpserver.New(httpserver.Config{TracerProvider: tracers, MeterProvider: noop.NewMeterProvider()})
	if err != nil {
		fmt.Println(err)
		return
	}
	tracer := tracers.Tracer("orders")
	session := func(c fiber.Ctx) error {
		ctx := c.Context()
		_, acquiring := tracer.Start(ctx, "db acquire")
		acquiring.End()
		end := "db rollback" // unless the handler returns without an error
		defer func() {
			_, ending := tracer.Start(ctx, end)
			ending.End()
		}()
		err := c.Next()
		if err == nil {
			end = "db commit"
		}
		return err
	}

	app := fiber.New()
	app.Use(fiberotel.Middleware(engine), session)
	app.Post("/orders/:item", func(c fiber.Ctx) error {
		if c.Params("item") == "sold-out" {
			return fiber.NewError(fiber.StatusConflict, "sold out")
		}
		return c.SendStatus(fiber.StatusCreated)
	})

	for _, path := range []string{"/orders/tea", "/orders/sold-out"} {
		response, err := app.Test(httptest.NewRequestWithContext(context.Background(), "POST", path, nil))
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = response.Body.Close()
	}
	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
	}
	// Output:
	// db acquire
	// db commit
	// POST /orders/:item
	// db acquire
	// db rollback
	// POST /orders/:item
}
