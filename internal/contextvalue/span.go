package contextvalue

import (
	"context"

	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// Span is a span that this service does not record. It is the caller's span, or the span
// of a request without telemetry. The zero Span means that there is no span.
type Span struct {
	// A pointer is half the size of an interface or of the noop Span itself.
	*nooptrace.Span
	spanContext trace.SpanContext // what SpanContext returns
}

// noopSpan is embedded in each Span. It implements all methods except SpanContext.
var noopSpan = new(nooptrace.Span)

// NewSpan returns a span with the span context sc.
func NewSpan(sc trace.SpanContext) Span { return Span{Span: noopSpan, spanContext: sc} }

// SpanContext returns the span context.
func (s *Span) SpanContext() trace.SpanContext { return s.spanContext }

// HasSpan reports whether ctx may have a span. For a context without a span, it is
// cheaper than trace.SpanContextFromContext.
func HasSpan(ctx context.Context) bool { return spanKey == nil || ctx.Value(spanKey) != nil }

// IsSpan reports whether key is the context key of the current span.
func IsSpan(key any) bool { return spanKey != nil && key == spanKey }

// ValueFor returns s if key is the context key of the current span and s is not the zero
// value.
func (s *Span) ValueFor(key any) (value any, ok bool) {
	if s.Span == nil || !IsSpan(key) {
		return nil, false
	}
	return s, true
}

// Context is a context with a [Span]. The Span is part of the same value, which saves an
// allocation.
type Context struct {
	context.Context
	span Span
}

// Init makes c a context derived from ctx, with a span that has the span context config.
func (c *Context) Init(ctx context.Context, config *trace.SpanContextConfig) {
	c.Context = ctx
	c.span.Span, c.span.spanContext = noopSpan, trace.NewSpanContext(*config)
	if spanKey == nil {
		c.Context = trace.ContextWithSpanContext(ctx, c.span.spanContext)
	}
}

// Value implements [context.Context].
func (c *Context) Value(key any) any {
	if span, ok := c.span.ValueFor(key); ok {
		return span
	}
	return c.Context.Value(key)
}
