package contextvalue

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"
)

// Exchange is the context key of the exchange in progress.
type Exchange struct{}

// Suppressed is the value for the key [Exchange] in a context in which spans must not be
// recorded.
type Suppressed struct{}

// spanKey and baggageKey are the context keys of OpenTelemetry's API, which does not
// export them. A key is captured with a context that records the key of each lookup. It
// is nil if that fails.
var (
	spanKey    = captureKey(func(ctx context.Context) { trace.SpanFromContext(ctx) })
	baggageKey = captureKey(func(ctx context.Context) { baggage.FromContext(ctx) })
)

// KnowsSpan reports whether the context key of the span was captured. Without the key, a
// [Context] stores its span in another context, with OpenTelemetry's API.
func KnowsSpan() bool { return spanKey != nil }

// Keys returns the context keys of the span, the baggage and the exchange. They are for
// frameworks whose context is a map of values rather than derived from another context.
// The key of the start attributes, [Start], is not included: the sampler has read them before
// values are stored in the contexts of these frameworks.
func Keys() []any { return []any{spanKey, baggageKey, Exchange{}} }

// captureKey returns the context key that readValue looks up.
func captureKey(readValue func(context.Context)) any {
	p := &keyProbe{Context: context.Background()}
	readValue(p)
	return p.lastKey
}

// keyProbe is an empty context that records the last key that was looked up.
type keyProbe struct {
	context.Context
	lastKey any
}

func (p *keyProbe) Value(key any) any {
	p.lastKey = key
	return nil
}
