package fiberotel

import (
	"context"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
)

// publish makes ctx the request's context: c.UserContext(), and what a tracer
// asks of a context also c.Context(), fasthttp's own, which finds its values
// among the user values. ctx itself is never made of that one, so that a
// goroutine may keep it when fasthttp gives its own to the next request.
func publish(ctx context.Context, c *fiber.Ctx) {
	c.SetUserContext(ctx)
	for _, key := range contextKeys {
		c.Context().SetUserValue(key, ctx.Value(key))
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
