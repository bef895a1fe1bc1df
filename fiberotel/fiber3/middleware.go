package fiberotel

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
	"github.com/samespan/samespan/internal/hooks"
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

func (m *middleware) handle(c fiber.Ctx) error {
	if isMalformed(c) {
		return c.Next()
	}
	server := c.RequestCtx()
	reading := m.readingOf(c.App())
	request := fasthttpotel.Request(server, reading.routing, reading.verbatim)
	deadline, limited := c.Context().Deadline()
	ctx, started := m.instrumentation.Start(c.Context(), &request)
	publish(ctx, c)
	fasthttpotel.CloseAfter(m.instrumentation, started, server)
	exchange := fasthttpotel.Follow(started, server)
	if exchange == nil {
		return c.Next()
	}
	if limited {
		exchange.Detach()
	}
	outermost := !exchange.Served() && m.isOutermost(c)
	returned := false
	var err error
	defer func() {
		// nil when the handlers have returned, or the goroutine exits without a
		// panic.
		var panicked any
		if !returned {
			panicked = recover()
		}
		o := m.outcome(c, panicked, err != nil || !returned)
		switch {
		case limited && endsDetached(c, exchange, deadline):
			exchange.Abandoned(o)
		case returned:
			o.ErrorType = errorType(err)
			exchange.Returned(o, err != nil)
		default:
			exchange.Interrupted(o)
		}
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

// patience is how long a timeout further out may take to abandon c.
const patience = time.Second

// endsDetached tells whether a timeout further out that has the handlers run in
// a goroutine, as Fiber's does, has answered. It may do so at this very moment,
// too, when the handlers heed the deadline, and then fasthttp never tells of the
// end: an exchange that is open still when c is found abandoned ends later. A c
// that was not abandoned may be another request's by then, but its exchange has
// ended.
func endsDetached(c fiber.Ctx, exchange *fasthttpotel.Exchange, deadline time.Time) bool {
	if c.IsAbandoned() {
		return true
	}
	if time.Until(deadline) < patience {
		time.AfterFunc(patience, func() {
			if c.IsAbandoned() {
				exchange.Abandoned(httpserver.Outcome{})
			}
		})
	}
	return false
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
func (m *middleware) isOutermost(c fiber.Ctx) bool {
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
// next request before the answer is on the wire. One that is abandoned stays the
// request's, but a handler whose time is over may still use it.
func (m *middleware) outcome(c fiber.Ctx, panicked any, failed bool) httpserver.Outcome {
	if c.IsAbandoned() {
		return httpserver.Outcome{Panic: panicked, Route: m.routes.presumed(c)}
	}
	return httpserver.Outcome{
		Panic:      panicked,
		Route:      m.routes.of(c, failed),
		SpanName:   hooks.Bind(m.config.spanName, c),
		Attributes: hooks.Bind(m.config.attributes, c),
	}
}
