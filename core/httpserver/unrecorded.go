package httpserver

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/tracecontext"
	"github.com/samespan/samespan/internal/contextvalue"
)

// unrecordedContext is the context of a request that is not recorded. It parses the
// caller's span context only when the span is first looked up, which does not happen in
// most health checks.
type unrecordedContext struct {
	context.Context
	// headers are the caller's traceparent and tracestate.
	headers tracecontext.Sent
	// span is nil until the first lookup.
	span atomic.Pointer[contextvalue.Span]
}

// storeSpan stores a span with the span context sc for further lookups, and returns it.
// If another goroutine has stored a span first, storeSpan returns that span.
func (c *unrecordedContext) storeSpan(sc trace.SpanContext) *contextvalue.Span {
	span := contextvalue.NewSpan(sc)
	if !c.span.CompareAndSwap(nil, &span) {
		return c.span.Load()
	}
	return &span
}

// propagatedContext is the context of a request if both traces and metrics are off.
type propagatedContext struct{ unrecordedContext }

// Value implements [context.Context].
func (c *propagatedContext) Value(key any) any {
	if contextvalue.IsSpan(key) {
		if span := c.callerSpan(); span != nil {
			return span
		}
	}
	return c.Context.Value(key)
}

// callerSpan returns the caller's span. It returns nil if there is no caller, or if a
// local span is propagated instead.
func (c *propagatedContext) callerSpan() *contextvalue.Span {
	if span := c.span.Load(); span != nil {
		return span
	}
	parent := trace.SpanContextConfig{Remote: true}
	if !c.headers.Caller(&parent) || isLocalParent(trace.SpanFromContext(c.Context), parent.TraceID) {
		return nil
	}
	return c.storeSpan(trace.NewSpanContext(parent))
}

// excludedContext is the context of an excluded request.
type excludedContext struct{ unrecordedContext }

// Value implements [context.Context].
func (c *excludedContext) Value(key any) any {
	if contextvalue.IsSpan(key) {
		return c.unsampledSpan()
	}
	if value, ok := contextvalue.ValueOfSuppressed(key); ok {
		return value
	}
	return c.Context.Value(key)
}

// unsampledSpan returns a span that makes the spans of handlers unsampled. The first call
// creates it with the ids of the caller's span, or of the local span in c.Context if that
// span is the parent. Without a valid parent, the span has new random ids.
func (c *excludedContext) unsampledSpan() *contextvalue.Span {
	if span := c.span.Load(); span != nil {
		return span
	}
	local := trace.SpanFromContext(c.Context)
	var caller trace.SpanContextConfig
	if c.headers.Caller(&caller) && !isLocalParent(local, caller.TraceID) {
		caller.TraceFlags = caller.TraceFlags.WithSampled(false)
		return c.storeSpan(trace.NewSpanContext(caller))
	}
	return c.storeSpan(trace.NewSpanContext(contextvalue.Unsample(local.SpanContext())))
}
