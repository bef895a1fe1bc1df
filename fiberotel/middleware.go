package fiberotel

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
	"github.com/samespan/samespan/internal/hooks"
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
// *httpserver.Engine of httpserver.New. It panics where src or an option is
// nil, so that the mistake shows when the service starts.
func Middleware(src httpserver.Source, opts ...Option) fiber.Handler {
	m := &middleware{instrumentation: httpserver.MustInstrument(src, framework), routes: newRoutes()}
	m.config.apply(opts)
	m.code = reflect.ValueOf(m.handle).Pointer()
	return m.handle
}

type middleware struct {
	instrumentation *httpserver.Instrumentation
	config          config
	routes          *routes
	// code is that of handle, by which any of [Middleware] is known.
	code uintptr
	// reading is that of the app of the last request.
	reading atomic.Pointer[reading]
}

// reading is how an app reads requests.
type reading struct {
	app      *fiber.App
	routing  exclude.Routing
	verbatim bool
}

// readingOf returns how app reads requests. Its Config is a large value to copy
// for each of them, and never changes.
func (m *middleware) readingOf(app *fiber.App) *reading {
	if known := m.reading.Load(); known != nil && known.app == app {
		return known
	}
	config := app.Config()
	read := &reading{
		app:      app,
		routing:  fasthttpotel.Routing(config.CaseSensitive, config.UnescapePath),
		verbatim: app.Server().DisableHeaderNamesNormalizing,
	}
	m.reading.Store(read)
	return read
}

func (m *middleware) handle(c *fiber.Ctx) error {
	server := c.Context()
	reading := m.readingOf(c.App())
	request := fasthttpotel.Request(server, reading.routing, reading.verbatim)
	ctx, started := m.instrumentation.Start(c.UserContext(), &request)
	publish(ctx, c)
	fasthttpotel.CloseAfter(m.instrumentation, started, server)
	exchange := fasthttpotel.Follow(started, server)
	if exchange == nil {
		return c.Next()
	}
	outermost := !exchange.Served() && m.isOutermost(c)
	returned := false
	var err error
	defer func() {
		if returned {
			o := m.outcome(exchange, c, nil, err != nil)
			o.ErrorType = errorType(err)
			exchange.Returned(o, err != nil)
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

// errorType returns the error.type of a handler's error, "" for one that is the
// client's fault.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if status := (*fiber.Error)(nil); errors.As(err, &status) && status.Code < fiber.StatusInternalServerError {
		return ""
	}
	return fmt.Sprintf("%T", err)
}

// isOutermost tells whether the handler that runs is ours and the first that
// Fiber has called for the request.
func (m *middleware) isOutermost(c *fiber.Ctx) bool {
	current := c.Route()
	for _, routes := range c.App().Stack() {
		for _, route := range routes {
			if route.Method != c.Method() || len(route.Handlers) == 0 {
				continue
			}
			if route == current && reflect.ValueOf(route.Handlers[0]).Pointer() == m.code {
				return true
			}
			break
		}
	}
	return false
}

// answerError has err answered as Fiber does with what the first handler
// returns, and returns nothing for it to answer again.
func answerError(c *fiber.Ctx, err error) error {
	if failed := c.App().ErrorHandler(c, err); failed != nil {
		return c.SendStatus(fiber.StatusInternalServerError)
	}
	return nil
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
// next request before the answer is on the wire. A middleware further out that
// answers when its time is over, as Fiber's deprecated timeout.New does, may
// have given it away already.
func (m *middleware) outcome(exchange *fasthttpotel.Exchange, c *fiber.Ctx, panicked any, failed bool) httpserver.Outcome {
	o := httpserver.Outcome{Panic: panicked}
	if exchange.Of(c.Context()) {
		o.Route = m.routes.of(c, failed)
		o.SpanName = hooks.Bind(m.config.spanName, c)
		o.Attributes = hooks.Bind(m.config.attributes, c)
	}
	return o
}
