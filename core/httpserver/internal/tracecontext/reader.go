package tracecontext

import (
	"context"
	"reflect"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/contextvalue"
)

// defaultPropagator is OpenTelemetry's default: W3C Trace Context and Baggage. A Reader
// does the work of this propagator itself, without the contexts that the propagator would
// allocate.
var defaultPropagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

// canReplacePropagator reports whether a Reader can do the work of p itself. p must be
// defaultPropagator, and the context key of the span must be known.
func canReplacePropagator(p propagation.TextMapPropagator) bool {
	return contextvalue.KnowsSpan() && reflect.DeepEqual(p, defaultPropagator)
}

// Reader reads the caller's context with a propagator.
type Reader struct {
	propagator propagation.TextMapPropagator
	// readsItself is set if the Reader does the work of propagator itself.
	readsItself bool
}

// NewReader returns a reader for propagator; nil means OpenTelemetry's default.
func NewReader(propagator propagation.TextMapPropagator) Reader {
	if propagator == nil {
		propagator = defaultPropagator
	}
	return Reader{propagator: propagator, readsItself: canReplacePropagator(propagator)}
}

// Propagator returns the propagator.
func (r *Reader) Propagator() propagation.TextMapPropagator { return r.propagator }

// ReadsItself reports whether the Reader parses the headers itself in place of the default
// propagator. In that case, the context that Caller returns does not contain the
// caller's span context.
func (r *Reader) ReadsItself() bool { return r.readsItself }

// Caller reads the caller's span context from the headers into parent, and reports
// whether the headers have one. It returns ctx with the caller's baggage and, unless
// ReadsItself is true, with the span context. A nil header has no fields.
func (r *Reader) Caller(ctx context.Context, header Header, parent *trace.SpanContextConfig) (context.Context, bool) {
	switch {
	case header == nil:
		return ctx, false
	case !r.readsItself:
		ctx = mergeBaggage(ctx, extract(ctx, r.propagator, header))
		sc := trace.SpanContextFromContext(ctx)
		parent.TraceID, parent.SpanID = sc.TraceID(), sc.SpanID()
		parent.TraceFlags, parent.TraceState = sc.TraceFlags(), sc.TraceState()
		return ctx, sc.IsRemote() && sc.IsValid()
	}
	if len(header.Values(baggageHeader)) > 0 {
		ctx = mergeBaggage(ctx, extract(ctx, propagation.Baggage{}, header))
	}
	return ctx, parseRemoteParent(header, parent)
}

// mergeBaggage returns ctx with the baggage members of outer added, to keep the members
// that an outer middleware has set. If both contexts have a member with the same key, the
// member of outer is used.
func mergeBaggage(outer, ctx context.Context) context.Context {
	set := baggage.FromContext(outer)
	if set.Len() == 0 {
		return ctx
	}
	merged := baggage.FromContext(ctx)
	for _, member := range set.Members() {
		extended, err := merged.SetMember(member)
		if err != nil {
			return outer // the members together exceed the limit
		}
		merged = extended
	}
	return baggage.ContextWithBaggage(ctx, merged)
}
