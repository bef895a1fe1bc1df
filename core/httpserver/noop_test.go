package httpserver_test

import (
	"testing"

	"go.opentelemetry.io/otel/baggage"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/suppress"
)

// TestPropagationIfTelemetryIsOff proves that the caller's context is propagated even
// if all telemetry is off.
func TestPropagationIfTelemetryIsOff(t *testing.T) {
	other := propagation.NewCompositeTextMapPropagator(propagation.Baggage{}, propagation.TraceContext{})
	tests := []struct {
		name   string
		config httpserver.Config
		want   map[string]string
	}{
		{"default", httpserver.Config{}, map[string]string{"traceparent": traceparent, "baggage": "user=42"}},
		{"another propagator", httpserver.Config{Propagator: other}, map[string]string{"traceparent": traceparent, "baggage": "user=42"}},
		{"public endpoint", httpserver.Config{PublicEndpoint: httpserver.AlwaysPublic}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.config.TracerProvider, test.config.MeterProvider = nooptrace.NewTracerProvider(), noopmetric.NewMeterProvider()
			engine, err := httpserver.New(test.config)
			if err != nil {
				t.Fatal(err)
			}
			instrumentation := httpserver.MustInstrument(engine, testFramework)
			ctx, x := instrumentation.Start(t.Context(), newRequest("/", "Traceparent", traceparent, "Baggage", "user=42"))
			if x.Observed() || suppress.Active(ctx) {
				t.Errorf("got observed %v, suppressed %v; want neither", x.Observed(), suppress.Active(ctx))
			}
			inner, nested := instrumentation.Start(ctx, newRequest("/", "Traceparent", traceparent, "Baggage", "user=42"))
			nested.End(successOutcome())
			x.End(successOutcome())
			outgoing := propagation.MapCarrier{}
			engine.Propagator().Inject(inner, outgoing)
			if len(outgoing) != len(test.want) {
				t.Errorf("a call carries %v, want %v", outgoing, test.want)
			}
			for name, want := range test.want {
				if outgoing[name] != want {
					t.Errorf("a call carries %s %q, want %q", name, outgoing[name], want)
				}
			}
			if sc := trace.SpanContextFromContext(ctx); test.want != nil && (!sc.IsRemote() || baggage.FromContext(ctx).Len() != 1) {
				t.Errorf("got %v and baggage %v, want the caller's", sc, baggage.FromContext(ctx))
			}
		})
	}
}
