package echootel_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel"
)

// The middleware in this example gives each request a database session. It acquires the
// session before the handler, and commits or rolls back after the handler. Both steps are
// child spans of the server span.
func ExampleMiddleware_session() {
	spans := tracetest.NewSpanRecorder()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	engine, err := httpserver.New(httpserver.Config{TracerProvider: tracers, MeterProvider: metricnoop.NewMeterProvider()})
	if err != nil {
		fmt.Println(err)
		return
	}
	tracer := tracers.Tracer("orders")
	session := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx := c.Request().Context()
			_, acquireSpan := tracer.Start(ctx, "db acquire")
			acquireSpan.End()
			lastStep := "db rollback" // unless the handler returns nil
			defer func() {
				_, span := tracer.Start(ctx, lastStep)
				span.End()
			}()
			err := next(c)
			if err == nil {
				lastStep = "db commit"
			}
			return err
		}
	}

	e := echo.New()
	e.Use(echootel.Middleware(engine), session)
	e.POST("/orders/:item", func(c echo.Context) error {
		if c.Param("item") == "sold-out" {
			return echo.NewHTTPError(http.StatusConflict, "sold out")
		}
		return c.NoContent(http.StatusCreated)
	})

	for _, path := range []string{"/orders/tea", "/orders/sold-out"} {
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, http.NoBody))
	}
	for _, span := range spans.Ended() {
		fmt.Println(span.Name())
	}
	// Output:
	// db acquire
	// db commit
	// POST /orders/:item
	// db acquire
	// db rollback
	// POST /orders/:item
}
