package suppress_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/suppress"
)

// testKey is the context key of a value that must remain in a suppressed context.
type testKey struct{}

func TestContextSuppressesSpans(t *testing.T) {
	tracer := sdktrace.NewTracerProvider().Tracer("test")
	local, span := tracer.Start(context.WithValue(t.Context(), testKey{}, "kept"), "open")
	defer span.End()
	const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	remote := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}).
		Extract(t.Context(), propagation.MapCarrier{"traceparent": traceparent, "tracestate": "a=1", "baggage": "user=42"})
	for name, ctx := range map[string]context.Context{"under no span": t.Context(), "under a local span": local, "under a caller": remote} {
		t.Run(name, func(t *testing.T) {
			if suppress.Active(ctx) {
				t.Error("a context is suppressed that nothing has suppressed")
			}
			want := trace.SpanContextFromContext(ctx)
			suppressed := suppress.Context(ctx)
			got := trace.SpanContextFromContext(suppressed)
			if !suppress.Active(suppressed) || !got.IsValid() || got.IsSampled() {
				t.Errorf("got suppressed %v in %+v, want it in a trace that is not sampled", suppress.Active(suppressed), got)
			}
			if want.IsValid() && !got.Equal(want.WithTraceFlags(want.TraceFlags().WithSampled(false))) {
				t.Errorf("got %+v, want %+v without its sampled flag", got, want)
			}
			if suppressed.Value(testKey{}) != ctx.Value(testKey{}) || baggage.FromContext(suppressed).String() != baggage.FromContext(ctx).String() {
				t.Error("the values of the context are lost")
			}
			childCtx, child := tracer.Start(suppressed, "child")
			defer child.End()
			if child.IsRecording() || !suppress.Active(childCtx) || child.SpanContext().TraceID() != got.TraceID() {
				t.Errorf("got a span that is recorded %v, in trace %v, want neither a recorded one nor another trace", child.IsRecording(), child.SpanContext().TraceID())
			}
		})
	}
}

func TestInTraceKeepsTraceOfParent(t *testing.T) {
	parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled | trace.FlagsRandom, Remote: true})
	ctx, span := sdktrace.NewTracerProvider().Tracer("test").Start(t.Context(), "open")
	defer span.End()
	if got := trace.SpanContextFromContext(suppress.InTrace(ctx, parent)); !got.Equal(parent.WithTraceFlags(trace.FlagsRandom)) {
		t.Errorf("got %+v, want %+v without its sampled flag", got, parent)
	}
	newTrace := trace.SpanContextFromContext(suppress.InTrace(ctx, trace.SpanContext{}))
	if !newTrace.IsValid() || newTrace.IsSampled() || newTrace.TraceID() == span.SpanContext().TraceID() {
		t.Errorf("got %+v, want a new trace that is not sampled", newTrace)
	}
}

func TestContextAllocatesOnce(t *testing.T) {
	ctx := t.Context()
	parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	if allocations := testing.AllocsPerRun(100, func() { suppress.InTrace(ctx, parent) }); allocations > 1 {
		t.Errorf("got %v allocations, want 1", allocations)
	}
}
