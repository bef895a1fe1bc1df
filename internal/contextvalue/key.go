package contextvalue

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"
)

// Exchange is the key of the exchange in progress.
type Exchange struct{}

// Suppressed is the value of [Exchange] where spans are not to be recorded.
type Suppressed struct{}

// The keys of OpenTelemetry's API are unexported. A context learns them when it
// is asked for a value; nil is one that cannot be learnt.
var (
	spanKey    = keyOf(func(ctx context.Context) { trace.SpanFromContext(ctx) })
	baggageKey = keyOf(func(ctx context.Context) { baggage.FromContext(ctx) })
)

// KnowsSpan tells whether a [Context] can carry a span.
func KnowsSpan() bool { return spanKey != nil }

// Keys returns the keys under which a context holds the span, the baggage, the
// exchange and its start. They are for frameworks whose own context is a bag of
// values, and not a context that can be derived from another.
func Keys() []any { return []any{spanKey, baggageKey, Exchange{}, startKey{}} }

func keyOf(look func(context.Context)) any {
	p := &probe{Context: context.Background()}
	look(p)
	return p.asked
}

// probe is a context that holds nothing and records what it is asked for.
type probe struct {
	context.Context
	asked any
}

func (p *probe) Value(key any) any {
	p.asked = key
	return nil
}
