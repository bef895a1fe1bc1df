package contextvalue

import (
	"context"

	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// Span is a span that is not recorded here: a caller's, or that of a request
// which leaves no telemetry. Its zero value is none.
type Span struct {
	// A pointer takes half of the room of an interface or of the noop Span itself.
	*nooptrace.Span
	sc trace.SpanContext
}

// notRecorded is what a Span is besides its identity.
var notRecorded = new(nooptrace.Span)

// NewSpan returns the span that sc identifies.
func NewSpan(sc trace.SpanContext) Span { return Span{Span: notRecorded, sc: sc} }

// SpanContext returns the identity of the span.
func (s *Span) SpanContext() trace.SpanContext { return s.sc }

// IsSpan reports whether key is that of the current span.
func IsSpan(key any) bool { return spanKey != nil && key == spanKey }

// ValueFor returns s where key is that of the span in progress and s is one.
func (s *Span) ValueFor(key any) (value any, ok bool) {
	if s.Span == nil || !IsSpan(key) {
		return nil, false
	}
	return s, true
}

// Context carries a [Span]. It is a type of its own, and not two contexts, so
// that it takes a single allocation.
type Context struct {
	context.Context
	span Span
}

// Init makes c the context ctx with a span that sc identifies.
func (c *Context) Init(ctx context.Context, sc trace.SpanContext) {
	if spanKey == nil {
		ctx = trace.ContextWithSpanContext(ctx, sc)
	}
	c.Context = ctx
	c.span.Span, c.span.sc = notRecorded, sc
}

// Value implements [context.Context].
func (c *Context) Value(key any) any {
	if span, ok := c.span.ValueFor(key); ok {
		return span
	}
	return c.Context.Value(key)
}
