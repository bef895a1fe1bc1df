package contextvalue

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
)

// Suppress returns a context derived from ctx in which no span is recorded. Its span has
// the span context parent, which must be valid and unsampled.
func Suppress(ctx context.Context, parent *trace.SpanContextConfig) context.Context {
	c := new(suppressedContext)
	c.Init(ctx, parent)
	return c
}

// suppressedContext is a context that Suppress returns. It contains the unsampled span.
type suppressedContext struct{ Context }

// Value implements [context.Context].
func (c *suppressedContext) Value(key any) any {
	if value, ok := ValueOfSuppressed(key); ok {
		return value
	}
	return c.Context.Value(key)
}

// Unsample returns the span context for a suppressed context. It is in the trace of
// parent or, if parent is not valid, in a new trace, and does not have the sampled flag.
func Unsample(parent trace.SpanContext) trace.SpanContextConfig {
	if !parent.IsValid() {
		return newUnsampledSpanContextConfig()
	}
	return trace.SpanContextConfig{
		TraceID: parent.TraceID(), SpanID: parent.SpanID(), TraceFlags: parent.TraceFlags().WithSampled(false),
		TraceState: parent.TraceState(), Remote: parent.IsRemote(),
	}
}

// newUnsampledSpanContextConfig returns the config of a valid, unsampled span context with
// random ids. Without a valid span context, the next span would be a root span, which a
// sampler may record.
func newUnsampledSpanContextConfig() (config trace.SpanContextConfig) {
	for !config.TraceID.IsValid() {
		binary.NativeEndian.PutUint64(config.TraceID[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(config.TraceID[8:], rand.Uint64())
	}
	for !config.SpanID.IsValid() {
		binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64())
	}
	return config
}
