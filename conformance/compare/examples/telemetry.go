// Package examples shows how to test your own stack with the suite: its
// handlers on net/http, Gin, Echo and Fiber. Copy the test of your framework
// and this package's Telemetry, and insert your own middleware and setup.
package examples

import (
	"context"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/conformance/reference"
)

// Telemetry returns the functions through which the handlers call OpenTelemetry's API.
func Telemetry(tracers trace.TracerProvider, meters metric.MeterProvider, propagator propagation.TextMapPropagator) (reference.Telemetry, error) {
	tracer := tracers.Tracer("example/orders")
	processed, err := meters.Meter("example/orders").Int64Counter("reference.processed")
	return reference.Telemetry{
		Span: func(ctx context.Context, name string, attributes map[string]any) (context.Context, func()) {
			ctx, span := tracer.Start(ctx, name)
			for key, value := range attributes {
				switch value := value.(type) {
				case string:
					span.SetAttributes(attribute.String(key, value))
				case int:
					span.SetAttributes(attribute.Int(key, value))
				}
			}
			return ctx, func() { span.End() }
		},
		Processed: func(ctx context.Context) { processed.Add(ctx, 1) },
		Baggage: func(ctx context.Context) map[string]string {
			members := make(map[string]string)
			for _, member := range baggage.FromContext(ctx).Members() {
				members[member.Key()] = member.Value()
			}
			return members
		},
		SetBaggage: func(ctx context.Context, list string) (context.Context, error) {
			added, err := baggage.Parse(list)
			if err != nil {
				return ctx, err
			}
			all := baggage.FromContext(ctx)
			for _, member := range added.Members() {
				if all, err = all.SetMember(member); err != nil {
					return ctx, err
				}
			}
			return baggage.ContextWithBaggage(ctx, all), nil
		},
		Describe: func(ctx context.Context, name, description string) {
			span := trace.SpanFromContext(ctx)
			span.SetName(name)
			span.SetStatus(codes.Error, description)
		},
		Client: &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport,
			otelhttp.WithTracerProvider(tracers), otelhttp.WithPropagators(propagator))},
	}, err
}
