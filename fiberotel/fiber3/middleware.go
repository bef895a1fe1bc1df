package fiberotel

import (
	"context"
	"errors"

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
// *httpserver.Engine of httpserver.New; nil panics, here and not at the first
// request.
func Middleware(src httpserver.Source, opts ...Option) fiber.Handler {
	m := &middleware{instrumentation: httpserver.MustInstrument(src, framework)}
	for _, o := range opts {
		o.apply(&m.config)
	}
	return m.handle
}

type middleware struct {
	instrumentation *httpserver.Instrumentation
	config          config
}

func (m *middleware) handle(c fiber.Ctx) error {
	if isMalformed(c) {
		// There is no request to tell of, and Fiber's answer to come is thrown
		// away before fasthttp closes the user values.
		return c.Next()
	}
	server := c.RequestCtx()
	request := fasthttpotel.Request(server, c.App().Server().DisableHeaderNamesNormalizing)
	ctx, started := m.instrumentation.Start(c.Context(), &request)
	publish(ctx, c)
	if !started.Observed() {
		return c.Next()
	}
	exchange := fasthttpotel.Follow(started, server)
	returned := false
	var err error
	defer func() {
		if returned {
			exchange.Returned(m.outcome(c, nil), statusOf(err))
			return
		}
		// nil when the goroutine exits without a panic.
		panicked := recover()
		exchange.Interrupted(m.outcome(c, panicked), bare(c)...)
		if panicked != nil {
			panic(panicked)
		}
	}()
	err = c.Next()
	returned = true
	return err
}

// bare is what calls handle where no handler and no middleware is around it.
func bare(c fiber.Ctx) []string {
	next := "github.com/gofiber/fiber/v3.(*App).next"
	if _, ok := c.(*fiber.DefaultCtx); !ok {
		next = "github.com/gofiber/fiber/v3.(*App).nextCustom"
	}
	return []string{
		"github.com/samespan/samespan/fiberotel/fiber3.(*middleware).handle",
		next,
		"github.com/gofiber/fiber/v3.(*App).requestHandler",
	}
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
func (m *middleware) outcome(c fiber.Ctx, panicked any) httpserver.Outcome {
	return httpserver.Outcome{
		Route:      route(c),
		Panic:      panicked,
		SpanName:   httpserver.Bind(m.config.spanName, c),
		Attributes: httpserver.Bind(m.config.attributes, c),
	}
}

// statusOf is the status that Fiber's own error handler gives to err, 0 where
// there is none.
func statusOf(err error) int {
	if err == nil {
		return 0
	}
	if e := (*fiber.Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return fiber.StatusInternalServerError
}
