package httpserver_test

import (
	"context"
	"testing"

	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestInvalidTraceparentIsDiscarded proves that an invalid traceparent is discarded as a
// whole: none of its valid fields reaches a span or an outgoing call.
func TestInvalidTraceparentIsDiscarded(t *testing.T) {
	invalid := map[string][]string{
		"flags":            {"traceparent", "00-" + callerTraceID + "-" + callerSpanID + "-0x"},
		"span id":          {"traceparent", "00-" + callerTraceID + "-0000000000000000-01"},
		"trace id":         {"traceparent", "00-00000000000000000000000000000000-" + callerSpanID + "-01"},
		"version":          {"traceparent", "ff-" + callerTraceID + "-" + callerSpanID + "-01"},
		"length":           {"traceparent", "00-" + callerTraceID + "-" + callerSpanID + "-01-more"},
		"two headers":      {"traceparent", traceparent, "traceparent", traceparent},
		"no header":        nil,
		"tracestate alone": {"tracestate", "vendor=1"},
	}
	other := propagation.NewCompositeTextMapPropagator(propagation.Baggage{}, propagation.TraceContext{})
	disabled := httpserver.Config{TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: noopmetric.NewMeterProvider()}
	for _, test := range []struct {
		name   string
		path   string
		config httpserver.Config
		// wantValid is set if the handlers must get a valid span context, in a new trace.
		wantValid bool
	}{
		{"observed", "/", httpserver.Config{}, true},
		{"observed, another propagator", "/", httpserver.Config{Propagator: other}, true},
		{"public", "/", httpserver.Config{PublicEndpoint: httpserver.AlwaysPublic}, true},
		{"excluded", "/healthz", httpserver.Config{Exclude: []string{"healthz"}}, true},
		{"disabled", "/", disabled, false},
	} {
		for name, headers := range invalid {
			t.Run(test.name+", "+name, func(t *testing.T) {
				r := httpservertest.New(t, test.config)
				engine := r.Engine
				if test.config.TracerProvider != nil {
					var err error
					if engine, err = httpserver.New(test.config); err != nil {
						t.Fatal(err)
					}
				}
				instrumentation := httpserver.MustInstrument(engine, testFramework)
				headers = append(headers[:len(headers):len(headers)], "tracestate", "vendor=1")
				ctx, x := instrumentation.Start(t.Context(), newRequest(test.path, headers...))
				x.End(successOutcome())
				sc := trace.SpanContextFromContext(ctx)
				if sc.IsValid() != test.wantValid || sc.TraceID().String() == callerTraceID || sc.SpanID().String() == callerSpanID || sc.TraceState().Len() != 0 {
					t.Errorf("got %v with state %q", sc, sc.TraceState())
				}
				for _, span := range r.Ended() {
					if span.Parent().IsValid() || len(span.Links()) != 0 {
						t.Errorf("got a span under %v with links %v, want neither", span.Parent(), span.Links())
					}
				}
			})
		}
	}
}

// panickingSampler is a sampler that always panics.
type panickingSampler struct{ sdktrace.Sampler }

func (panickingSampler) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	panic("sampler")
}

// TestWaitIgnoresRequestWhoseStartPanicked proves that Wait does not wait for a request for
// which Start has panicked.
func TestWaitIgnoresRequestWhoseStartPanicked(t *testing.T) {
	r := httpservertest.NewSampled(t, httpserver.Config{}, panickingSampler{sdktrace.AlwaysSample()})
	instrumentation := instrument(t, r)
	func() {
		defer func() {
			if value := recover(); value != "sampler" {
				t.Errorf("got panic %v, want the sampler's", value)
			}
		}()
		instrumentation.Start(t.Context(), newRequest("/"))
	}()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Wait(ctx); err != nil {
		t.Error(err)
	}
}
