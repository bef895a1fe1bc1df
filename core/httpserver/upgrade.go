package httpserver

import (
	"context"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"
)

// isUpgradedTo reports whether a handler of x has taken over the connection, and serves on it
// the requests of another HTTP version, such as req. The contexts of these requests are
// derived from the context of x, but they are not part of x.
func (x *Exchange) isUpgradedTo(req *Request) bool {
	if versionOf(req.Protocol) <= x.version {
		return false
	}
	hijacker, ok := x.identity.(interface{ Hijacked() bool })
	return ok && hijacker.Hijacked()
}

// withoutRequest returns ctx without the span and the baggage of the request of ctx.
func withoutRequest(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(baggage.ContextWithoutBaggage(ctx), trace.SpanContext{})
}
