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

var framework = httpserver.Framework{
	Name:      "gin",
	Scope:     "github.com/samespan/samespan/ginotel",
	Version:   Version,
	ParamEnds: "/",
}

// Use registers [Middleware] on engine. Call it before the routes and groups
// are added; see the package comment.
//
// [WithContextFallback] also lets a *gin.Context carry the span; without it
// pass on c.Request.Context().
func Use(engine *gin.Engine, src httpserver.Source, opts ...Option) {
	m := newMiddleware(src, newConfig(opts))
	if len(engine.Handlers) == 0 {
		m.outermost = true
	} else {
		m.front = new(front)
		engine.Handlers = slices.Insert(slices.Clone(engine.Handlers), 0, m.front.handle)
	}
	engine.Use(m.handle)
	if m.config.contextFallback {
		engine.ContextWithFallback = true
	}
}

// Middleware returns a middleware that instruments the handlers after it. The
// span is in c.Request.Context(), and in c only where the engine's
// ContextWithFallback is on. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New; nil panics, here and not at the first
// request.
func Middleware(src httpserver.Source, opts ...Option) gin.HandlerFunc {
	m := newMiddleware(src, newConfig(opts))
	if m.config.contextFallback {
		panic("ginotel: WithContextFallback is an option of Use: Middleware has no engine to turn it on for")
	}
	return m.handle
}

func newMiddleware(src httpserver.Source, c config) *middleware {
	return &middleware{instrumentation: httpserver.MustInstrument(src, framework), config: c}
}

type middleware struct {
	instrumentation *httpserver.Instrumentation
	config          config
	// front is before all other middlewares, nil without any: then outermost
	// says that there are none, as far as is known.
	front     *front
	outermost bool
}

// handle leaves its request in c, so that a middleware further out, such as
// one that renders errors, finds the trace there.
func (m *middleware) handle(c *gin.Context) {
	r, route := c.Request, c.FullPath()
	request := stdhttp.Request(r)
	request.Route = route
	request.Routing = routing(route)
	ctx, exchange := m.instrumentation.Start(r.Context(), &request)
	stdhttp.CloseAfter(m.instrumentation, exchange, c.Writer, r)
	relate(c, r, exchange)
	inner := r.WithContext(ctx)
	c.Request = inner
	body := stdhttp.WatchBody(r, inner)
	if !exchange.Observed() {
		defer func() { stdhttp.HandBack(r, c.Request) }()
		c.Next()
		return
	}
	x := m.watch(c, r, exchange)
	returned := false
	defer func() {
		var panicked any
		if !returned {
			// nil when the goroutine exits without a panic.
			panicked = recover()
		}
		o := httpserver.Outcome{Route: route, RequestSize: body.Size(), Panic: panicked}
		if !x.handover.isOver() {
			// A middleware after this one may have made a request of its own.
			stdhttp.HandBack(r, c.Request)
			o.SpanName = hooks.Bind(m.config.spanName, c)
			o.Attributes = hooks.Bind(m.config.attributes, c)
		}
		x.end(c, o, returned)
		if panicked != nil {
			panic(panicked)
		}
	}()
	c.Next()
	returned = true
}

// routing tells how Gin has read the path. Whether it decodes it is a setting of
// the engine's, which c does not show: a route without a parameter is one that
// the path matches either way, and for any other only what needs no decoding is
// certain.
func routing(route string) exclude.Routing {
	if route == "" || strings.IndexByte(route, ':') >= 0 || strings.IndexByte(route, '*') >= 0 {
		return exclude.Raw
	}
	return 0
}
