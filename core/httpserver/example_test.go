package httpserver_test

import (
	"context"
	"fmt"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
)

// frameworkRequest is a request as the example's framework represents it.
type frameworkRequest struct{ method, path, template string }

// handle stands for the framework's call of the handler of a request.
func handle(context.Context, frameworkRequest) (status int) { return 200 }

// This example shows an adapter for a framework that is not built on net/http.
func Example() {
	spans := tracetest.NewSpanRecorder()
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
		MeterProvider:  metricnoop.NewMeterProvider(),
		Exclude:        []string{"healthz"},
		RouteFormat:    httpserver.RouteBraces,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	instrumentation := httpserver.MustInstrument(engine, httpserver.Framework{
		Name: "own", Scope: "example.com/ownotel", Version: "0.1.0", ParamEnds: "/",
	})

	serve := func(ctx context.Context, c frameworkRequest) {
		ctx, exchange := instrumentation.Start(ctx, &httpserver.Request{Method: c.method, Path: c.path, Route: c.template})
		outcome := httpserver.Outcome{}
		returned := false
		defer func() {
			if !returned {
				outcome.Panic = recover()
			}
			exchange.End(outcome)
			if outcome.Panic != nil {
				panic(outcome.Panic) // leave the recovery to the framework
			}
		}()
		outcome.Status = handle(ctx, c)
		returned = true
	}
	serve(context.Background(), frameworkRequest{"GET", "/process/12345", "/process/:item_id"})
	serve(context.Background(), frameworkRequest{"GET", "/healthz", "/healthz"})

	for _, span := range spans.Ended() {
		fmt.Println(span.SpanKind(), span.Name())
	}
	// Output: server GET /process/{item_id}
}

// The error names every bad setting.
func ExampleNew() {
	_, err := httpserver.New(httpserver.Config{
		MeterProvider:  metricnoop.NewMeterProvider(),
		TrustedProxies: []string{"10.0.0.0/33"},
	})
	fmt.Println(err)
	// Output:
	// httpserver: Config.TracerProvider is nil, want a tracer provider, such as that of trace/noop for no spans
	// httpserver: trusted proxy "10.0.0.0/33" is not valid, want an IP address, a CIDR range such as 10.0.0.0/8, or unix
}
