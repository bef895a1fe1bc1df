package contextvalue

import (
	"context"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

func TestKeysOfTheAPIAreKnown(t *testing.T) {
	if keys := Keys(); len(keys) != 3 || slices.Contains(keys, nil) || !KnowsSpan() {
		t.Errorf("got keys %v, want those of the span, the baggage and the exchange", keys)
	}
}

// TestContextsWithoutTheKeyOfTheSpan holds that contexts have their span with a
// version of the API whose key cannot be captured.
func TestContextsWithoutTheKeyOfTheSpan(t *testing.T) {
	defer func(key any) { spanKey = key }(spanKey)
	spanKey = nil
	if KnowsSpan() || IsSpan(nil) {
		t.Errorf("got known: %v, the key nil is the span's: %v, want neither", KnowsSpan(), IsSpan(nil))
	}
	config := trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, Remote: true}
	caller := trace.NewSpanContext(config)
	span := NewSpan(caller)
	if value, ok := span.ValueFor(nil); ok {
		t.Errorf("got %v for the key nil", value)
	}
	passed := new(Context)
	passed.Init(t.Context(), &config)
	for name, ctx := range map[string]context.Context{"passed": passed, "suppressed": Suppress(t.Context(), &config)} {
		if got := trace.SpanContextFromContext(ctx); !got.Equal(caller) {
			t.Errorf("%s: got span context %v, want %v", name, got, caller)
		}
	}
}
