package httpserver

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
)

// excludedExchange stands for every excluded exchange: it has no state.
var excludedExchange = &Exchange{mode: modeUnobserved}

// Suppressed tells whether ctx is one of [Suppress] or of an excluded request,
// whose spans are not to be recorded. Its span context is unsampled, which a
// parent-based sampler follows by itself; core.Setup makes every other sampler
// follow too.
func Suppressed(ctx context.Context) bool {
	return exchangeFrom(ctx) == excludedExchange
}

// Suppress returns ctx as the context of an excluded request is, for work that
// such a request leads to under a context of its own: in the same trace, but
// unsampled.
func Suppress(ctx context.Context) context.Context {
	return suppress(ctx, &trace.SpanContextConfig{})
}

// suppress returns the context of an excluded request: the trace that it would
// be in and the caller's baggage, but unsampled, so that neither a span started
// under it nor a service called under it is recorded. On a public endpoint the
// trace is a new one, and the baggage is not read.
func (e *Engine) suppress(ctx context.Context, req *Request) context.Context {
	var caller trace.SpanContextConfig
	if e.isPublic(req) {
		identify(&caller)
		return suppress(ctx, &caller)
	}
	ctx, called, _ := e.parent(ctx, req, &caller)
	if !called {
		caller = trace.SpanContextConfig{}
	}
	return suppress(ctx, &caller)
}

// suppress returns ctx in the trace of parent, where there is one, or else its
// own or a new one, unsampled.
func suppress(ctx context.Context, parent *trace.SpanContextConfig) context.Context {
	if !parent.TraceID.IsValid() {
		if open := trace.SpanContextFromContext(ctx); open.IsValid() {
			parent.TraceID, parent.SpanID = open.TraceID(), open.SpanID()
			parent.TraceFlags, parent.TraceState = open.TraceFlags(), open.TraceState()
		} else {
			identify(parent)
		}
	}
	parent.TraceFlags = parent.TraceFlags.WithSampled(false)
	excluded := &excludedContext{callerContext{Context: ctx, span: callerSpan{Span: notRecorded, sc: trace.NewSpanContext(*parent)}}}
	if spanKey == nil {
		excluded.Context = trace.ContextWithSpanContext(ctx, excluded.span.sc)
	}
	return excluded
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

// identify makes a new identity, of a trace that is not sampled. Without a
// valid one the first span under it would be the root of a trace of its own.
func identify(config *trace.SpanContextConfig) {
	for !config.TraceID.IsValid() {
		binary.NativeEndian.PutUint64(config.TraceID[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(config.TraceID[8:], rand.Uint64())
	}
	for !config.SpanID.IsValid() {
		binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64())
	}
}
