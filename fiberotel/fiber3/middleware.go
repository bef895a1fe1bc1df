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

// framework describes Fiber to the engine.
var framework = httpserver.Framework{
	Name:    "fiber",
	Scope:   "github.com/samespan/samespan/fiberotel/fiber3",
	Version: Version,
	// These characters end the name of a parameter in Fiber's path parser.
	ParamEnds: `/-.:?<\`,
	Wildcards: "*+",
	Recycles:  true,
}

// Middleware returns a middleware that instruments every request that reaches it. Register
// it before other middlewares. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New. Middleware panics if src or an option is nil.
func Middleware(src httpserver.Source, opts ...Option) fiber.Handler {
	reportMissingField()
	m := &middleware{instrumentation: httpserver.MustInstrument(src, framework), finder: newRouteFinder()}
	m.config.apply(opts)
	m.handlePointer = reflect.ValueOf(m.handle).Pointer()
	return m.handle
}

// middleware is the state of the handler that Middleware returns.
type middleware struct {
	// instrumentation starts the exchange of each request.
	instrumentation *httpserver.Instrumentation
	// config holds the options of Middleware.
	config config
	// finder finds the route of each request.
	finder *routeFinder
	// handlePointer is the code pointer of m.handle, by which this middleware recognizes
	// itself among the handlers of an app.
	handlePointer uintptr
	// cachedSettings holds the settings of the app that served the last request.
	cachedSettings atomic.Pointer[appSettings]
}

// appSettings holds the settings of an app that decide how the app reads requests.
type appSettings struct {
	// app is the app that has these settings.
	app *fiber.App
	// routing is how the app's router reads paths.
	routing exclude.Routing
	// verbatimHeaders is set if the app keeps the names of header fields as the client sent
	// them.
	verbatimHeaders bool
}

// settingsOf returns the settings of app. They are cached, since app.Config copies a large
// value. The settings of an app never change.
func (m *middleware) settingsOf(app *fiber.App) *appSettings {
	if cached := m.cachedSettings.Load(); cached != nil && cached.app == app {
		return cached
	}
	config := app.Config()
	settings := &appSettings{
		app:             app,
		routing:         fasthttpotel.Routing(config.CaseSensitive, config.UnescapePath),
		verbatimHeaders: app.Server().DisableHeaderNamesNormalizing,
	}
	m.cachedSettings.Store(settings)
	return settings
}

// handle is the handler that Middleware returns.
func (m *middleware) handle(c fiber.Ctx) error {
	if isMalformed(c) {
		return c.Next()
	}
	requestCtx := c.RequestCtx()
	settings := m.settingsOf(c.App())
	request := httpserver.Request{Header: fasthttpotel.Header(requestCtx, settings.verbatimHeaders), Routing: settings.routing}
	outerCtx := fasthttpotel.Restore(c.Context(), requestCtx)
	_, hasDeadline := outerCtx.Deadline()
	request.StartAttributes = hooks.Bind(m.config.startAttributes, c)
	ctx, started := m.instrumentation.Start(outerCtx, &request)
	setRequestContext(ctx, c)
	fasthttpotel.PrepareResponse(m.instrumentation, started, requestCtx)
	exchange := fasthttpotel.Follow(started, requestCtx)
	if exchange == nil {
		return c.Next()
	}
	exchange.Remember(ctx)
	if hasDeadline {
		exchange.Detach()
	}
	outermost := !exchange.Served() && m.isOutermost(c)
	returned := false
	var err error
	defer func() {
		// panicValue is nil if the handlers have returned, or if they have ended the goroutine
		// without a panic.
		var panicValue any
		if !returned {
			panicValue = recover()
		}
		abandoned := c.IsAbandoned()
		// An outer timeout middleware, such as Fiber's, abandons c only when outerCtx has
		// ended.
		outerTimedOut := abandoned && hasDeadline && outerCtx.Err() != nil
		switch {
		case outerTimedOut:
		case abandoned:
			// Inner code has called Abandon: a timeout middleware, or a handler whose stream uses c.
			exchange.Attach()
		case hasDeadline:
			endWhenAbandoned(outerCtx, c, exchange)
		}
		var o httpserver.Outcome
		if outerTimedOut || abandoned && exchange.TimedOut() {
			o = m.timedOutOutcome(c, panicValue)
		} else {
			o = m.earlyOutcome(c, panicValue, err != nil || !returned)
		}
		switch {
		case outerTimedOut:
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
		// The status is known only after Fiber's error handler has run. Without a server,
		// fasthttp does not report the end of the request, so call the error handler now.
		err = callErrorHandler(c, err)
	}
	exchange.RenewHeaders(m.instrumentation)
	returned = true
	return err
}

// abandonTimeout is how long an outer timeout middleware may take to abandon the fiber.Ctx of
// a request whose deadline has passed.
const abandonTimeout = time.Second

// endWhenAbandoned ends the exchange later if an outer timeout middleware abandons c after the
// handlers have returned. Such a middleware runs the handlers in a goroutine, and fasthttp
// does not report the end of an abandoned request. If outerCtx has ended or its deadline is
// near, the middleware may abandon c shortly after this call, so endWhenAbandoned checks c
// after abandonTimeout. By then, Fiber may use c for another request. If that request is
// abandoned, an exchange whose stream is still being sent ends too early. Fiber v3.4 and newer
// reuses an abandoned c: then only fasthttp's timeout response shows that c was abandoned.
func endWhenAbandoned(outerCtx context.Context, c fiber.Ctx, exchange *fasthttpotel.Exchange) {
	if deadline, _ := outerCtx.Deadline(); outerCtx.Err() == nil && time.Until(deadline) >= abandonTimeout {
		exchange.Attach()
		return
	}
	time.AfterFunc(abandonTimeout, func() {
		if c.IsAbandoned() {
			exchange.Abandoned(httpserver.Outcome{})
		} else {
			exchange.EndIfTimedOut()
		}
	})
}

// errorType returns error.type for an error of the handlers, or "" for an error that
// becomes a 4xx response.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if status := (*fiber.Error)(nil); errors.As(err, &status) && status.Code < fiber.StatusInternalServerError {
		return ""
	}
	return fmt.Sprintf("%T", err)
}

// isOutermost reports whether m.handle is the first handler that Fiber has called for the
// request.
func (m *middleware) isOutermost(c fiber.Ctx) bool {
	ourRoute := c.Route()
	for _, routes := range c.App().Stack() {
		for _, route := range routes {
			if route.Method != c.Method() || len(route.Handlers) == 0 {
				continue
			}
			if route == ourRoute && reflect.ValueOf(route.Handlers[0]).Pointer() == m.handlePointer {
				return true
			}
			break
		}
	}
	return false
}

// callErrorHandler calls the app's error handler for err, as Fiber does if the first
// handler returns an error. The result is nil, so that Fiber does not call the error handler
// again.
func callErrorHandler(c fiber.Ctx, err error) error {
	if errorHandlerErr := c.App().ErrorHandler(c, err); errorHandlerErr != nil {
		return c.SendStatus(fiber.StatusInternalServerError)
	}
	return nil
}

// setRequestContext sets ctx as the request's context, c.Context(). It also copies the
// values that tracers look up, such as the span, to c.RequestCtx(), fasthttp's own context.
// c itself finds them there. A goroutine may use ctx after the response, since ctx is never
// derived from c or from fasthttp's context, which Fiber and fasthttp reuse.
func setRequestContext(ctx context.Context, c fiber.Ctx) {
	c.SetContext(ctx)
	fasthttpotel.Publish(ctx, c.RequestCtx())
}

// earlyOutcome returns the part of the outcome that must be read before the response is
// sent. After that, Fiber reuses c. panicValue is nil if no handler has panicked. failed must
// be set if the handlers have not returned, or have returned an error.
func (m *middleware) earlyOutcome(c fiber.Ctx, panicValue any, failed bool) httpserver.Outcome {
	return httpserver.Outcome{
		Panic:            panicValue,
		Route:            m.finder.routeOf(c, failed),
		SpanName:         hooks.Bind(m.config.spanName, c),
		Attributes:       hooks.Bind(m.config.attributes, c),
		MetricAttributes: hooks.Bind(m.config.metricAttributes, c),
	}
}

// timedOutOutcome is like earlyOutcome for a request to which a timeout middleware has
// responded. The handlers may still use c in another goroutine, so the outcome has only the
// route that matches the path, and no hooks.
func (m *middleware) timedOutOutcome(c fiber.Ctx, panicValue any) httpserver.Outcome {
	return httpserver.Outcome{Panic: panicValue, Route: m.finder.presumedRoute(c)}
}
