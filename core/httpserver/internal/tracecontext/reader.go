package tracecontext

import (
	"context"
	"reflect"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// defaultPropagator is OpenTelemetry's default: W3C Trace Context and Baggage. A
// Reader reads a traceparent itself then, into memory that an exchange has anyway;
// what other propagators read they put into contexts of their own.
var defaultPropagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

func isDefaultPropagator(p propagation.TextMapPropagator) bool {
	return contextvalue.KnowsSpan() && reflect.DeepEqual(p, defaultPropagator)
}

// Reader reads the callers that a propagator knows.
type Reader struct {
	propagator propagation.TextMapPropagator
	fields     fields
	isDefault  bool
}

// NewReader returns a reader for propagator; nil is OpenTelemetry's default.
func NewReader(propagator propagation.TextMapPropagator) Reader {
	if propagator == nil {
		propagator = defaultPropagator
	}
	return Reader{propagator: propagator, fields: fieldsOf(propagator), isDefault: isDefaultPropagator(propagator)}
}

// Propagator returns the propagator.
func (r *Reader) Propagator() propagation.TextMapPropagator { return r.propagator }

// ReadsItself tells whether the propagator is the default, so that the context
// which Caller returns has no caller.
func (r *Reader) ReadsItself() bool { return r.isDefault }

// Caller reads who calls, as the header of a request tells, into parent and tells
// whether anybody does. It returns ctx with what else they bring along: the
// baggage and, where another propagator than the default reads them, the caller
// itself. A nil header is one without fields.
func (r *Reader) Caller(ctx context.Context, header Header, parent *trace.SpanContextConfig) (context.Context, bool) {
	switch {
	case header == nil:
		return ctx, false
	case !r.isDefault:
		ctx = withBaggageOf(ctx, r.fields.extract(ctx, r.propagator, header))
		sc := trace.SpanContextFromContext(ctx)
		parent.TraceID, parent.SpanID = sc.TraceID(), sc.SpanID()
		parent.TraceFlags, parent.TraceState = sc.TraceFlags(), sc.TraceState()
		return ctx, sc.IsRemote() && sc.IsValid()
	}
	if len(header.Values(baggageHeader)) > 0 {
		ctx = withBaggageOf(ctx, r.fields.extract(ctx, propagation.Baggage{}, header))
	}
	return ctx, remoteParent(header, parent)
}

// withBaggageOf returns ctx with the members that it has in place of those of
// the same name that a request has brought: what a middleware further out has
// set is not undone.
func withBaggageOf(outer, ctx context.Context) context.Context {
	set := baggage.FromContext(outer)
	if set.Len() == 0 {
		return ctx
	}
	merged := baggage.FromContext(ctx)
	for _, member := range set.Members() {
		with, err := merged.SetMember(member)
		if err != nil {
			return outer // too much for one baggage
		}
		merged = with
	}
	return baggage.ContextWithBaggage(ctx, merged)
}
