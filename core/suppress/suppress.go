// Package suppress marks contexts under which no spans are to be recorded: those
// of requests that are excluded, and of whatever they lead to.
//
// A suppressed context is in a trace, but unsampled. So a span that is started
// under it is not recorded by a parent-based sampler, nor by any sampler of
// core.Setup or in core.Sampler, and a call that is made with it tells the next
// service not to record either. The engine of package httpserver suppresses the
// contexts of requests that the rules exclude, and observes no request under a
// suppressed one.
//
// Instrumentation of something else, such as an HTTP client, gRPC or messaging,
// suppresses the context of what it excludes with [Context], after it has
// extracted the caller's trace, and asks [Active] before it measures:
//
//	ctx := propagator.Extract(ctx, carrier)
//	if excluded {
//		ctx = suppress.Context(ctx)
//	}
//
// The package imports OpenTelemetry's API alone.
package suppress

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// Active tells whether ctx is suppressed: a context of this package or one that
// is derived from it.
func Active(ctx context.Context) bool {
	_, suppressed := ctx.Value(contextvalue.Exchange{}).(contextvalue.Suppressed)
	return suppressed
}

// Context returns ctx suppressed, in the trace that it is in or, where there is
// none, in a new one.
func Context(ctx context.Context) context.Context {
	return InTrace(ctx, trace.SpanContextFromContext(ctx))
}

// InTrace is [Context] in the trace of parent, or in a new one where parent is
// not valid.
func InTrace(ctx context.Context, parent trace.SpanContext) context.Context {
	if !parent.IsValid() {
		parent = trace.NewSpanContext(newIdentity())
	}
	if parent.IsSampled() {
		parent = parent.WithTraceFlags(parent.TraceFlags().WithSampled(false))
	}
	c := new(suppressed)
	c.Init(ctx, parent)
	return c
}

// suppressed is a suppressed context, with the span that is not recorded.
type suppressed struct{ contextvalue.Context }

// Value implements [context.Context].
func (c *suppressed) Value(key any) any {
	if value, ok := contextvalue.ValueOfSuppressed(key); ok {
		return value
	}
	return c.Context.Value(key)
}

// newIdentity returns a valid identity in a trace that is not sampled. Without one
// the first span under it would be the root of a trace of its own, which a sampler
// may record.
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
