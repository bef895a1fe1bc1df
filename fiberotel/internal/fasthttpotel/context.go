package fasthttpotel

import (
	"context"

	"github.com/valyala/fasthttp"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
)

// Publish makes what a tracer asks of a context known to server, which finds
// its values as a context among the user values.
func Publish(ctx context.Context, server *fasthttp.RequestCtx) {
	for _, key := range contextKeys {
		server.SetUserValue(key, ctx.Value(key))
	}
}

// contextKeys are the keys under which a context holds the span, the baggage
// and the exchange. They are unexported; whoever is asked for a value learns
// them.
var contextKeys = keysOf(
	func(ctx context.Context) { trace.SpanFromContext(ctx) },
	func(ctx context.Context) { baggage.FromContext(ctx) },
	func(ctx context.Context) { httpserver.Suppressed(ctx) },
)

func keysOf(lookups ...func(context.Context)) []any {
	probe := &probe{Context: context.Background()}
	for _, look := range lookups {
		look(probe)
	}
	return probe.asked
}

// probe is a context that holds nothing and notes what it is asked for.
type probe struct {
	context.Context
	asked []any
}

func (p *probe) Value(key any) any {
	p.asked = append(p.asked, key)
	return nil
}
