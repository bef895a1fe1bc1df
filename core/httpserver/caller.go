package httpserver

import (
	"context"
	"reflect"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// defaultPropagator is OpenTelemetry's default: W3C Trace Context and Baggage.
// The engine reads a traceparent itself then, into memory that an exchange has
// anyway; what other propagators read they put into contexts of their own.
var defaultPropagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

func isDefaultPropagator(p propagation.TextMapPropagator) bool {
	return spanKey != nil && reflect.DeepEqual(p, defaultPropagator)
}

// callerSpan is a span that is somebody else's: nothing is recorded in it.
type callerSpan struct {
	trace.Span
	sc trace.SpanContext
}

// SpanContext returns the identity that the span has.
func (s *callerSpan) SpanContext() trace.SpanContext { return s.sc }

// callerContext carries a caller's span.
type callerContext struct {
	context.Context
	span callerSpan
}

// Value returns the span for its key.
func (c *callerContext) Value(key any) any {
	if spanKey != nil && key == spanKey {
		return &c.span
	}
	return c.Context.Value(key)
}

// notRecorded is what a callerSpan is besides its identity.
var notRecorded trace.Span = nooptrace.Span{}

// caller reads who calls, as the request's headers tell, into parent and tells
// whether anybody does. It returns ctx with what else they bring along: the
// baggage and, where another propagator than the default reads them, the caller
// itself.
func (e *Engine) caller(ctx context.Context, req *Request, parent *trace.SpanContextConfig) (context.Context, bool) {
	switch {
	case req.Header == nil:
		return ctx, false
	case !e.readsItself:
		ctx = withBaggageOf(ctx, e.propagate(ctx, e.propagator, req.Header))
		sc := trace.SpanContextFromContext(ctx)
		parent.TraceID, parent.SpanID = sc.TraceID(), sc.SpanID()
		parent.TraceFlags, parent.TraceState = sc.TraceFlags(), sc.TraceState()
		return ctx, sc.IsRemote() && sc.IsValid()
	}
	if len(req.Header.Values(baggageHeader)) > 0 {
		ctx = withBaggageOf(ctx, e.propagate(ctx, propagation.Baggage{}, req.Header))
	}
	return ctx, remoteParent(req.Header, parent)
}

func (e *Engine) propagate(ctx context.Context, propagator propagation.TextMapPropagator, header Header) context.Context {
	c := carriers.Get().(*carrier)
	*c = carrier{header: header, canonical: e.canonical}
	ctx = propagator.Extract(ctx, c)
	*c = carrier{}
	carriers.Put(c)
	return ctx
}

// ContextKeys returns the keys under which a context holds the span, the
// baggage and the exchange. They are for frameworks whose own context is a bag
// of values and not a context that can be derived from another.
func ContextKeys() []any { return []any{spanKey, baggageKey, exchangeKey{}} }

// The keys of the API are unexported; whoever is asked for a value learns them.
var (
	spanKey    = keyOf(func(ctx context.Context) { trace.SpanFromContext(ctx) })
	baggageKey = keyOf(func(ctx context.Context) { baggage.FromContext(ctx) })
)

func keyOf(look func(context.Context)) any {
	p := &probe{Context: context.Background()}
	look(p)
	return p.asked
}

// probe is a context that holds nothing and notes what it is asked for.
type probe struct {
	context.Context
	asked any
}

func (p *probe) Value(key any) any {
	p.asked = key
	return nil
}
