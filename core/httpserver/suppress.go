package httpserver

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
)

// excludedExchange stands for every excluded exchange: it has no state.
var excludedExchange = &Exchange{mode: modeUnobserved}

// Suppressed tells whether ctx belongs to an excluded request, whose spans are
// not to be recorded. Its span context is unsampled, which a parent-based
// sampler follows by itself; core.Setup makes every other sampler follow too.
func Suppressed(ctx context.Context) bool {
	return exchangeFrom(ctx) == excludedExchange
}

// suppress returns the context of an excluded request: the caller's trace and
// baggage, but unsampled, so that neither a span started under it nor a service
// called under it is recorded.
func (e *Engine) suppress(ctx context.Context, req *Request) context.Context {
	ctx, sc := e.caller(ctx, req)
	if !sc.IsValid() {
		sc = trace.SpanContextFromContext(ctx)
	}
	if sc.IsValid() {
		sc = sc.WithTraceFlags(sc.TraceFlags().WithSampled(false)).WithRemote(false)
	} else {
		sc = unsampledContext()
	}
	if spanKey == nil {
		ctx = trace.ContextWithSpanContext(ctx, sc)
	}
	return &excludedContext{callerContext{Context: ctx, span: callerSpan{Span: notRecorded, sc: sc}}}
}

// excludedContext is the context of an excluded request, with the span that is
// not recorded.
type excludedContext struct{ callerContext }

// Value returns the exchange that stands for all excluded ones, too.
func (c *excludedContext) Value(key any) any {
	if _, ok := key.(exchangeKey); ok {
		return excludedExchange
	}
	return c.callerContext.Value(key)
}

// unsampledContext returns a new, unsampled span context. Without a valid one
// the first span under it would be the root of a trace of its own.
func unsampledContext() trace.SpanContext {
	var config trace.SpanContextConfig
	for !config.TraceID.IsValid() {
		binary.NativeEndian.PutUint64(config.TraceID[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(config.TraceID[8:], rand.Uint64())
	}
	for !config.SpanID.IsValid() {
		binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64())
	}
	return trace.NewSpanContext(config)
}
