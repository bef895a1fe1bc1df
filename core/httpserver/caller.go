package httpserver

import (
	"context"
	"reflect"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// defaultPropagator is OpenTelemetry's default: W3C Trace Context and Baggage.
// The engine reads a traceparent itself then, into memory that an exchange has
// anyway; what other propagators read they put into contexts of their own.
var defaultPropagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

func isDefaultPropagator(p propagation.TextMapPropagator) bool {
	return contextvalue.KnowsSpan() && reflect.DeepEqual(p, defaultPropagator)
}

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
