package fiberotel

import (
	"context"
	"reflect"

	"github.com/gofiber/fiber/v3"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
)

var framework = httpserver.Framework{
	Name:    "fiber",
	Scope:   "github.com/samespan/samespan/fiberotel/fiber3",
	Version: Version,
	// As Fiber's own path parser has them.
	ParamEnds: `/-.:?<\`,
	Wildcards: "*+",
	Recycles:  true,
}

// Middleware returns a middleware that instruments every request that reaches
// it; register it first. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New. It panics where src or an option is
// nil, so that the mistake shows when the service starts.
func Middleware(src httpserver.Source, opts ...Option) fiber.Handler {
	reportInternals()
	m := &middleware{instrumentation: httpserver.MustInstrument(src, framework), routes: newRoutes()}
	m.config.apply(opts)
	return m.handle
}

type middleware struct {
	instrumentation *httpserver.Instrumentation
	config          config
	routes          *routes
}

func (m *middleware) handle(c fiber.Ctx) error {
	if isMalformed(c) {
		return c.Next()
	}
	server := c.RequestCtx()
	config := c.App().Config()
	request := fasthttpotel.Request(server, fasthttpotel.Routing(config.CaseSensitive, config.UnescapePath), c.App().Server().DisableHeaderNamesNormalizing)
	ctx, started := m.instrumentation.Start(c.Context(), &request)
	publish(ctx, c)
	exchange := fasthttpotel.Follow(started, server)
	if exchange == nil {
		return c.Next()
	}
	outermost := !exchange.Served() && isOutermost(c)
	returned := false
	var err error
	defer func() {
		if returned {
			exchange.Returned(m.outcome(exchange, c, nil, err != nil), err != nil)
			return
		}
		// nil when the goroutine exits without a panic.
		panicked := recover()
		exchange.Interrupted(m.outcome(exchange, c, panicked, true))
	}()
	err = c.Next()
	if err != nil && outermost {
		// The status is known only after Fiber's error handler. Where nothing
		// serves the request, that is not seen later: see [fasthttpotel.Exchange].
		err = answerError(c, err)
	}
	returned = true
	return err
}

// isOutermost tells whether the handler that runs is ours and the first that
// Fiber has called for the request.
func isOutermost(c fiber.Ctx) bool {
	current := c.Route()
	for _, routes := range c.App().Stack() {
		for _, route := range routes {
			if route.Method != c.Method() || len(route.Handlers) == 0 {
				continue
			}
			if route == current && isOurs(route.Handlers[0]) {
				return true
			}
			break
		}
	}
	return false
}

// isOurs tells whether h is one of [Middleware].
func isOurs(h fiber.Handler) bool {
	return reflect.ValueOf(h).Pointer() == reflect.ValueOf((&middleware{}).handle).Pointer()
}

// answerError has err answered as Fiber does with what the first handler
// returns, and returns nothing for it to answer again.
func answerError(c fiber.Ctx, err error) error {
	if failed := c.App().ErrorHandler(c, err); failed != nil {
		return c.SendStatus(fiber.StatusInternalServerError)
	}
	return nil
}

// publish makes ctx the request's context: c.Context(), and what a tracer asks
// of a context also c itself and c.RequestCtx(), fasthttp's own. ctx itself is
// never made of those, so that a goroutine may keep it when Fiber and fasthttp
// give theirs to the next request.
func publish(ctx context.Context, c fiber.Ctx) {
	c.SetContext(ctx)
	fasthttpotel.Publish(ctx, c.RequestCtx())
}

// outcome is what is known as long as c is the request's: Fiber gives it to the
// next request before the answer is on the wire.
func (m *middleware) outcome(exchange *fasthttpotel.Exchange, c fiber.Ctx, panicked any, failed bool) httpserver.Outcome {
	o := httpserver.Outcome{Panic: panicked}
	if exchange.Of(c.RequestCtx()) {
		o.Route = m.routes.of(c, failed)
		o.SpanName = httpserver.Bind(m.config.spanName, c)
		o.Attributes = httpserver.Bind(m.config.attributes, c)
	}
	return o
}
