package contextvalue

import (
	"context"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// TestKeysOfTheAPIAreKnown proves that the context keys of the span and the baggage can be
// captured from the version of the API that go.mod requires.
func TestKeysOfTheAPIAreKnown(t *testing.T) {
	if keys := Keys(); len(keys) != 3 || slices.Contains(keys, nil) || !KnowsSpan() {
		t.Errorf("got keys %v, want those of the span, the baggage and the exchange", keys)
	}
}

// TestContextHoldsSpanWithoutKey proves that a [Context] has its span even if the context
// key of the span cannot be captured, which a future version of the API may cause.
func TestContextHoldsSpanWithoutKey(t *testing.T) {
	defer func(key any) { spanKey = key }(spanKey)
	spanKey = nil
	if KnowsSpan() || IsSpan(nil) {
		t.Errorf("got known: %v, the key nil is the span's: %v, want neither", KnowsSpan(), IsSpan(nil))
	}
	config := trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, Remote: true}
	callerSpanContext := trace.NewSpanContext(config)
	span := NewSpan(callerSpanContext)
	if value, ok := span.ValueFor(nil); ok {
		t.Errorf("got %v for the key nil", value)
	}
	spanContext := new(Context)
	spanContext.Init(t.Context(), &config)
	for name, ctx := range map[string]context.Context{"passed": spanContext, "suppressed": Suppress(t.Context(), &config)} {
		if got := trace.SpanContextFromContext(ctx); !got.Equal(callerSpanContext) {
			t.Errorf("%s: got span context %v, want %v", name, got, callerSpanContext)
		}
	}
}
