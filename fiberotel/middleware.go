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
	// In Fiber's path parser, these characters end the name of a parameter.
	ParamEnds: `/-.:?<\`,
	Wildcards: "*+",
	Recycles:  true,
}

// Middleware returns a middleware that instruments every request that reaches
// it; register it first. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New. It panics if src or an option is nil.
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

func (m *middleware) handle(c *fiber.Ctx) error {
	server := c.Context()
	reading := m.settingsOf(c.App())
	request := httpserver.Request{Header: fasthttpotel.Header(server, reading.verbatim), Routing: reading.routing}
	request.StartAttributes = hooks.Bind(m.config.startAttributes, c)
	ctx, started := m.instrumentation.Start(c.UserContext(), &request)
	setRequestContext(ctx, c)
	fasthttpotel.PrepareResponse(m.instrumentation, started, server)
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
		// panicked is nil if the goroutine exits without a panic.
		panicked := recover()
		exchange.Interrupted(m.outcome(exchange, c, panicked, true))
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

// answerError calls the error handler for err, as Fiber does if the first handler returns
// an error. It returns nil, so that Fiber does not call the error handler again.
func answerError(c *fiber.Ctx, err error) error {
	if failed := c.App().ErrorHandler(c, err); failed != nil {
		return c.SendStatus(fiber.StatusInternalServerError)
	}
	return nil
}

// setRequestContext sets ctx as the request's context, c.UserContext(). It also stores
// the values that tracers look for in c.Context(), fasthttp's own context. ctx is never
// derived from fasthttp's context, so a goroutine may retain ctx when fasthttp reuses its
// context.
func setRequestContext(ctx context.Context, c *fiber.Ctx) {
	c.SetUserContext(ctx)
	fasthttpotel.Publish(ctx, c.Context())
}

// outcome reads the outcome while c still belongs to the request: Fiber reuses c before
// the response is sent. If a middleware further out responds on a timeout, as Fiber's
// deprecated timeout.New does, c may have been released already.
func (m *middleware) outcome(exchange *fasthttpotel.Exchange, c *fiber.Ctx, panicked any, failed bool) httpserver.Outcome {
	o := httpserver.Outcome{Panic: panicked}
	if exchange.Of(c.Context()) {
		o.Route = m.routes.routeOf(c, failed)
		o.SpanName = hooks.Bind(m.config.spanName, c)
		o.Attributes = hooks.Bind(m.config.attributes, c)
		o.MetricAttributes = hooks.Bind(m.config.metricAttributes, c)
	}
	return o
}
