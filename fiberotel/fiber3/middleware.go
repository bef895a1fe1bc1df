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
	// In Fiber's path parser, these characters end the name of a parameter.
	ParamEnds: `/-.:?<\`,
	Wildcards: "*+",
	Recycles:  true,
}

// Middleware returns a middleware that instruments every request that reaches
// it; register it first. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New. It panics if src or an option is nil.
func Middleware(src httpserver.Source, opts ...Option) fiber.Handler {
	reportMissingField()
	m := &middleware{instrumentation: httpserver.MustInstrument(src, framework), routes: newRoutes()}
	m.config.apply(opts)
	m.code = reflect.ValueOf(m.handle).Pointer()
	return m.handle
}

type middleware struct {
	instrumentation *httpserver.Instrumentation
	config          config
	routes          *routes
	// code is the code pointer of handle. It is used to recognize the handler of a
	// [Middleware].
	code uintptr
	// cachedSettings holds the settings of the app of the last request.
	cachedSettings atomic.Pointer[appSettings]
}

// appSettings describes how an app reads requests.
type appSettings struct {
	app      *fiber.App
	routing  exclude.Routing
	verbatim bool
}

// settingsOf returns how app reads requests. It is cached because app.Config
// copies a large value, which never changes.
func (m *middleware) settingsOf(app *fiber.App) *appSettings {
	if known := m.cachedSettings.Load(); known != nil && known.app == app {
		return known
	}
	config := app.Config()
	read := &appSettings{
		app:      app,
		routing:  fasthttpotel.Routing(config.CaseSensitive, config.UnescapePath),
		verbatim: app.Server().DisableHeaderNamesNormalizing,
	}
	m.cachedSettings.Store(read)
	return read
}

func (m *middleware) handle(c fiber.Ctx) error {
	if isMalformed(c) {
		return c.Next()
	}
	server := c.RequestCtx()
	reading := m.settingsOf(c.App())
	request := httpserver.Request{Header: fasthttpotel.Header(server, reading.verbatim), Routing: reading.routing}
	ctx := c.Context()
	deadline, limited := ctx.Deadline()
	request.StartAttributes = hooks.Bind(m.config.startAttributes, c)
	ctx, started := m.instrumentation.Start(ctx, &request)
	setRequestContext(ctx, c)
	fasthttpotel.PrepareResponse(m.instrumentation, started, server)
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
		// panicked is nil if the handlers have returned, or the goroutine exits without a
		// panic.
		var panicked any
		if !returned {
			panicked = recover()
		}
		o := m.outcome(c, panicked, err != nil || !returned)
		switch {
		case limited && answeredByTimeout(c, exchange, deadline):
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
		// The status is known only after Fiber's error handler has run, and without a
		// server there is no later opportunity to read it: see [fasthttpotel.Exchange].
		err = answerError(c, err)
	}
	returned = true
	return err
}

// abandonTimeout is how long a timeout middleware further out may take to abandon c.
const abandonTimeout = time.Second

// answeredByTimeout reports whether a timeout middleware further out has responded. Such
// a middleware runs the handlers in a goroutine, as Fiber's does. If the handlers respect
// the deadline, it may also respond while they return, and fasthttp then never reports
// the end of the request. So if c is abandoned and the exchange is still open, the
// exchange is ended later. If c was not abandoned, it may already belong to another
// request, but then the exchange has ended.
func answeredByTimeout(c fiber.Ctx, exchange *fasthttpotel.Exchange, deadline time.Time) bool {
	if c.IsAbandoned() {
		return true
	}
	if time.Until(deadline) < abandonTimeout {
		time.AfterFunc(abandonTimeout, func() {
			if c.IsAbandoned() {
				exchange.Abandoned(httpserver.Outcome{})
			}
		})
	}
	return false
}

// errorType returns the error.type for a handler's error, or "" for a client
// error.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if status := (*fiber.Error)(nil); errors.As(err, &status) && status.Code < fiber.StatusInternalServerError {
		return ""
	}
	return fmt.Sprintf("%T", err)
}

// isOutermost reports whether Fiber has called our handler before any other handler of
// the request.
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

// answerError calls the error handler for err, as Fiber does if the first handler returns
// an error. It returns nil, so that Fiber does not call the error handler again.
func answerError(c fiber.Ctx, err error) error {
	if failed := c.App().ErrorHandler(c, err); failed != nil {
		return c.SendStatus(fiber.StatusInternalServerError)
	}
	return nil
}

// setRequestContext sets ctx as the request's context, c.Context(). It also stores the
// values that tracers look for in c itself and in c.RequestCtx(), fasthttp's own context.
// ctx is never derived from c or from fasthttp's context, so a goroutine may retain ctx
// when Fiber and fasthttp reuse theirs.
func setRequestContext(ctx context.Context, c fiber.Ctx) {
	c.SetContext(ctx)
	fasthttpotel.Publish(ctx, c.RequestCtx())
}

// outcome reads the outcome while c still belongs to the request: Fiber reuses c before
// the response is sent. An abandoned c is not reused, but a handler that has timed out
// may still use it.
func (m *middleware) outcome(c fiber.Ctx, panicked any, failed bool) httpserver.Outcome {
	if c.IsAbandoned() {
		return httpserver.Outcome{Panic: panicked, Route: m.routes.presumedRoute(c)}
	}
	return httpserver.Outcome{
		Panic:            panicked,
		Route:            m.routes.routeOf(c, failed),
		SpanName:         hooks.Bind(m.config.spanName, c),
		Attributes:       hooks.Bind(m.config.attributes, c),
		MetricAttributes: hooks.Bind(m.config.metricAttributes, c),
	}
}
