package ginotel

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hooks"
	"github.com/samespan/samespan/internal/stdhttp"
)

// framework describes Gin to the engine.
var framework = httpserver.Framework{
	Name:      "gin",
	Scope:     "github.com/samespan/samespan/ginotel",
	Version:   Version,
	ParamEnds: "/",
}

// Use registers [Middleware] on engine. Call Use before you add routes and groups. The
// package documentation explains why.
//
// Handlers find the span in c.Request.Context(). With [WithContextFallback], the
// *gin.Context itself has the span too. Use panics if engine, src or an option is nil.
func Use(engine *gin.Engine, src httpserver.Source, opts ...Option) {
	if engine == nil {
		panic("ginotel: Use: the *gin.Engine is nil, want the result of gin.New")
	}
	m := newMiddleware(src, newConfig(opts))
	if len(engine.Handlers) == 0 {
		m.outermost = true
	} else {
		m.outerHandler = new(outerHandler)
		engine.Handlers = slices.Insert(slices.Clone(engine.Handlers), 0, m.outerHandler.handle)
	}
	engine.Use(m.handle)
	if m.config.contextFallback {
		engine.ContextWithFallback = true
	}
}

// Middleware returns a middleware that instruments the handlers after it. The span is in
// c.Request.Context(). It is also in c if the engine's ContextWithFallback is set. src is
// the *core.Telemetry of core.Setup or the *httpserver.Engine of httpserver.New.
// Middleware panics if src or an option is nil.
func Middleware(src httpserver.Source, opts ...Option) gin.HandlerFunc {
	m := newMiddleware(src, newConfig(opts))
	if m.config.contextFallback {
		panic("ginotel: WithContextFallback is an option of Use, not of Middleware: call Use, or set ContextWithFallback of the gin.Engine")
	}
	return m.handle
}

func newMiddleware(src httpserver.Source, c config) *middleware {
	return &middleware{instrumentation: httpserver.MustInstrument(src, framework), config: c}
}

// middleware is the result of one call of [Use] or [Middleware]. All requests share it.
type middleware struct {
	instrumentation *httpserver.Instrumentation
	config          config
	// outerHandler is the handler that Use registers before all other middlewares. It is nil
	// if Use was not called, or if outermost is set.
	outerHandler *outerHandler
	// outermost is set by Use if the engine has no middleware before this one. An outer
	// handler is then not needed.
	outermost bool
}

// handle instruments a request. When handle returns, c.Request still has the span's
// context: an outer middleware, such as one that renders errors, may need the trace.
func (m *middleware) handle(c *gin.Context) {
	r, route := c.Request, m.routeOf(c)
	request := stdhttp.Request(r)
	request.Route = route
	request.Routing = routingOf(route)
	request.StartAttributes = hooks.Bind(m.config.startAttributes, c)
	ctx, exchange := m.instrumentation.Start(r.Context(), &request)
	stdhttp.PrepareResponse(m.instrumentation, exchange, c.Writer, r)
	setRelation(c, r, exchange)
	inner := r.WithContext(ctx)
	c.Request = inner
	body := stdhttp.WatchBody(r, inner)
	if !exchange.Observed() {
		defer func() { stdhttp.HandBack(r, c.Request) }()
		c.Next()
		return
	}
	x := m.startRecording(c, r, exchange)
	returned := false
	defer func() {
		var panicked any
		if !returned {
			// panicked stays nil if a handler has called runtime.Goexit.
			panicked = recover()
		}
		o := httpserver.Outcome{Route: route, RequestSize: body.Size(), Panic: panicked}
		if !x.deferredEnd.hasOuterReturned() {
			// Copy fields back to r, since a middleware after this one may have replaced the
			// request in c.
			stdhttp.HandBack(r, c.Request)
			o.SpanName = hooks.Bind(m.config.spanName, c)
			o.Attributes = hooks.Bind(m.config.attributes, c)
			o.MetricAttributes = hooks.Bind(m.config.metricAttributes, c)
		}
		x.end(c, o, returned)
		if panicked != nil {
			panic(panicked)
		}
	}()
	c.Next()
	returned = true
}

// routeOf returns the route of c. If routes are recorded with braces, literal colons in the
// route have a backslash, as in the code of the application.
func (m *middleware) routeOf(c *gin.Context) string {
	route := c.FullPath()
	if m.instrumentation.RouteFormat() == httpserver.RouteBraces {
		return escapeLiteralColons(route, c.Params)
	}
	return route
}

// escapeLiteralColons returns route with a backslash before each colon that does not begin a
// parameter. Newer versions of Gin remove these backslashes from FullPath. params begins with
// the parameters of the route, in their order. A literal colon before the name of the next
// parameter, as in /items\:id/:id, is taken for that parameter.
func escapeLiteralColons(route string, params gin.Params) string {
	if strings.IndexByte(route, '\\') >= 0 {
		return route
	}
	var escaped strings.Builder
	copied := 0
	for i := range len(route) {
		if route[i] != ':' {
			continue
		}
		if name, _, _ := strings.Cut(route[i+1:], "/"); len(params) > 0 && params[0].Key == name {
			params = params[1:]
			continue
		}
		escaped.WriteString(route[copied:i])
		escaped.WriteByte('\\')
		copied = i
	}
	if copied == 0 {
		return route
	}
	escaped.WriteString(route[copied:])
	return escaped.String()
}

// routingOf returns how Gin has compared the path of a request with route. A setting of the
// engine decides whether Gin compares the raw or the decoded path, but the *gin.Context does
// not show this setting. For a route without parameters, the setting makes no difference.
// For all other routes, routingOf returns Raw, so that path rules do not match escaped paths.
func routingOf(route string) exclude.Routing {
	if route == "" || strings.IndexByte(route, ':') >= 0 || strings.IndexByte(route, '*') >= 0 {
		return exclude.Raw
	}
	return 0
}
