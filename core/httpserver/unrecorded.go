package httpserver

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/tracecontext"
	"github.com/samespan/samespan/internal/contextvalue"
)

// unrecorded is the context of a request that is not recorded. The caller's span
// context is parsed when the span is first looked up, which most health checks
// never do.
type unrecorded struct {
	context.Context
	sent tracecontext.Sent
	// span is nil before the first lookup.
	span atomic.Pointer[contextvalue.Span]
}

// keep stores the span that sc identifies for further lookups, and returns it, or
// the one that another goroutine has stored first.
func (c *unrecorded) keep(sc trace.SpanContext) *contextvalue.Span {
	span := contextvalue.NewSpan(sc)
	if !c.span.CompareAndSwap(nil, &span) {
		return c.span.Load()
	}
	return &span
}

// passedOn is the context of a request if neither traces nor metrics are recorded.
type passedOn struct{ unrecorded }

// Value implements [context.Context].
func (c *passedOn) Value(key any) any {
	if contextvalue.IsSpan(key) {
		if span := c.caller(); span != nil {
			return span
		}
	}
	return c.Context.Value(key)
}

// caller returns the caller's span, or nil if there is none or a local span is to
// be passed on.
func (c *passedOn) caller() *contextvalue.Span {
	if span := c.span.Load(); span != nil {
		return span
	}
	parent := trace.SpanContextConfig{Remote: true}
	if !c.sent.Caller(&parent) || isUnderLocal(trace.SpanFromContext(c.Context), parent.TraceID) {
		return nil
	}
	return c.keep(trace.NewSpanContext(parent))
}

// excludedContext is the context of an excluded request.
type excludedContext struct{ unrecorded }

// Value implements [context.Context].
func (c *excludedContext) Value(key any) any {
	if contextvalue.IsSpan(key) {
		return c.suppressed()
	}
	if value, ok := contextvalue.ValueOfSuppressed(key); ok {
		return value
	}
	return c.Context.Value(key)
}

// suppressed returns the unsampled span of the context.
func (c *excludedContext) suppressed() *contextvalue.Span {
	if span := c.span.Load(); span != nil {
		return span
	}
	local := trace.SpanFromContext(c.Context)
	var caller trace.SpanContextConfig
	if c.sent.Caller(&caller) && !isUnderLocal(local, caller.TraceID) {
		caller.TraceFlags = caller.TraceFlags.WithSampled(false)
		return c.keep(trace.NewSpanContext(caller))
	}
	sc := local.SpanContext()
	contextvalue.Unsample(&sc)
	return c.keep(sc)
}
