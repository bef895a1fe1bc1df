package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// parent decides what the span of a request is under: the span in ctx, if it is
// a local one, or the caller, whose identity it puts into caller.
//
// The local span is the parent if it is another library's SERVER span, if it is
// of the caller's trace, or if there is no caller. A local span of another trace, such
// as one that a middleware further out has started before anything had read the
// caller, leaves the request to the caller's trace and sampling decision.
//
// It returns ctx with the caller's baggage and, for a propagator other than the
// default, with the parent in it. called says that the caller is the parent,
// server that it is another library's SERVER span. A caller that is not the
// parent is in caller all the same.
func (e *Engine) parent(ctx context.Context, req *Request, caller *trace.SpanContextConfig) (under context.Context, called, server bool) {
	local := trace.SpanFromContext(ctx)
	sc := local.SpanContext()
	under, called = e.callers.Caller(ctx, req.Header, caller)
	if !called {
		*caller = trace.SpanContextConfig{} // drop the part of an invalid header that could be read
	}
	if !sc.IsValid() || sc.IsRemote() {
		return under, called, false
	}
	server = isServer(local)
	if called && (server || caller.TraceID == sc.TraceID()) {
		called = false
		if !e.callers.ReadsItself() {
			under = trace.ContextWithSpan(under, local)
		}
	}
	return under, called, server
}

// isServer tells whether a span says that it is a SERVER span.
func isServer(span trace.Span) bool {
	kinded, ok := span.(interface{ SpanKind() trace.SpanKind })
	return ok && kinded.SpanKind() == trace.SpanKindServer
}
