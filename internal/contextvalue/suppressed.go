package contextvalue

import (
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
)

// Unsampled returns the span context of a suppressed context: that of parent, or
// of a new trace where parent is not valid, without its sampled flag.
func Unsampled(parent trace.SpanContext) trace.SpanContext {
	if !parent.IsValid() {
		return trace.NewSpanContext(newIdentity())
	}
	if parent.IsSampled() {
		return parent.WithTraceFlags(parent.TraceFlags().WithSampled(false))
	}
	return parent
}

// newIdentity returns a valid, unsampled span context. Without one, the first
// span started in the context would be a root, which a sampler may record.
func newIdentity() (config trace.SpanContextConfig) {
	for !config.TraceID.IsValid() {
		binary.NativeEndian.PutUint64(config.TraceID[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(config.TraceID[8:], rand.Uint64())
	}
	for !config.SpanID.IsValid() {
		binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64())
	}
	return config
}
