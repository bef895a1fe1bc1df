package core_test

import (
	"context"
	"fmt"

	noopmetric "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/httpserver"
)

// A service that builds its own tracer provider wraps the sampler in core.Sampler.
// Otherwise, always_on would record the spans that start in an excluded health check.
func ExampleSampler() {
	recorder := tracetest.NewSpanRecorder()
	tracers := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(core.Sampler(sdktrace.AlwaysSample())),
		sdktrace.WithSpanProcessor(recorder))
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: tracers,
		MeterProvider:  noopmetric.NewMeterProvider(),
		Exclude:        []string{"healthz"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	// In a service, the middleware of an adapter starts and ends the server spans.
	instrumentation := httpserver.MustInstrument(engine, httpserver.Framework{Name: "gin", Scope: "example"})
	for _, path := range []string{"/healthz", "/orders"} {
		ctx, exchange := instrumentation.Start(context.Background(), &httpserver.Request{Method: "GET", Path: path, Route: path})
		_, query := tracers.Tracer("orders").Start(ctx, "query for "+path)
		query.End()
		exchange.End(httpserver.Outcome{Status: 200})
	}
	for _, span := range recorder.Ended() {
		fmt.Println(span.Name())
	}
	// Output:
	// query for /orders
	// GET /orders
}
