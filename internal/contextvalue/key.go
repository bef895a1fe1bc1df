package contextvalue

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"
)

// Exchange is the key of the exchange in progress.
type Exchange struct{}

// Suppressed is the value for the key [Exchange] in a context in which spans must not be
// recorded.
type Suppressed struct{}

// These are the context keys of OpenTelemetry's API, which are unexported. They are
// captured with a context that records the keys it is asked for. They are nil if that
// fails.
var (
	spanKey    = captureKey(func(ctx context.Context) { trace.SpanFromContext(ctx) })
	baggageKey = captureKey(func(ctx context.Context) { baggage.FromContext(ctx) })
)

// KnowsSpan reports whether the key of the span is known, so that a [Context] can contain
// a span.
func KnowsSpan() bool { return spanKey != nil }

// Keys returns the context keys of the span, the baggage and the exchange. They are for
// frameworks whose context is a map of values rather than derived from another context.
// The key of the Start is not included, since the span has already started when they are
// used.
func Keys() []any { return []any{spanKey, baggageKey, Exchange{}} }

func captureKey(look func(context.Context)) any {
	p := &keyProbe{Context: context.Background()}
	look(p)
	return p.key
}

// keyProbe is an empty context that records the keys it is asked for.
type keyProbe struct {
	context.Context
	key any
}

func (p *keyProbe) Value(key any) any {
	p.key = key
	return nil
}
