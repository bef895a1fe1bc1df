package fiberotel

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
)

var framework = httpserver.Framework{
	Name:    "fiber",
	Scope:   "github.com/samespan/samespan/fiberotel",
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

func (m *middleware) handle(c *fiber.Ctx) error {
	request := fasthttpotel.Request(c.Context(), c.App().Server().DisableHeaderNamesNormalizing)
	ctx, started := m.instrumentation.Start(c.UserContext(), &request)
	publish(ctx, c)
	if !started.Observed() {
		return c.Next()
	}
	exchange := fasthttpotel.Follow(started, c.Context())
	returned := false
	var err error
	defer func() {
		if returned {
			exchange.Returned(m.outcome(c, nil), statusOf(err))
			return
		}
		// nil when the goroutine exits without a panic.
		panicked := recover()
		exchange.Interrupted(m.outcome(c, panicked), bare...)
		if panicked != nil {
			panic(panicked)
		}
	}()
	err = c.Next()
	returned = true
	return err
}

// bare is what calls handle where no handler and no middleware is around it.
var bare = []string{
	"github.com/samespan/samespan/fiberotel.(*middleware).handle",
	"github.com/gofiber/fiber/v2.(*App).next",
	"github.com/gofiber/fiber/v2.(*App).handler",
}

// publish makes ctx the request's context: c.UserContext(), and what a tracer
// asks of a context also c.Context(), fasthttp's own. ctx itself is never made
// of that one, so that a goroutine may keep it when fasthttp gives its own to
// the next request.
func publish(ctx context.Context, c *fiber.Ctx) {
	c.SetUserContext(ctx)
	fasthttpotel.Publish(ctx, c.Context())
}

// outcome is what is known as long as c is the request's: Fiber gives it to the
// next request before the answer is on the wire.
func (m *middleware) outcome(c *fiber.Ctx, panicked any) httpserver.Outcome {
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
