package ginotel

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/stdhttp"
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
}

// handle leaves its request in c, so that a middleware further out, such as
// one that renders errors, finds the trace there.
func (m *middleware) handle(c *gin.Context) {
	r := c.Request
	request := stdhttp.Request(r)
	request.Route = c.FullPath()
	ctx, exchange := m.instrumentation.Start(r.Context(), &request)
	inner := r.WithContext(ctx)
	c.Request = inner
	if !exchange.Observed() {
		defer func() { stdhttp.HandBack(r, c.Request) }()
		c.Next()
		return
	}
	body := stdhttp.WatchBody(r, inner)
	// Handlers may put a writer of their own around this one.
	writer := c.Writer
	returned := false
	defer func() {
		var panicked any
		if !returned {
			// nil when the goroutine exits without a panic.
			panicked = recover()
		}
		// A middleware after this one may have made a request of its own.
		stdhttp.HandBack(r, c.Request)
		status, size := answer(c, writer, returned)
		taken := hijacked(writer)
		if taken && status == http.StatusOK && r.Method != http.MethodConnect {
			// Nobody's choice: the handler answers over the connection.
			status = 0
		}
		outcome := httpserver.Outcome{
			Status:       status,
			Route:        c.FullPath(),
			RequestSize:  body.Size(),
			ResponseSize: size,
			Panic:        panicked,
			Aborted:      stdhttp.Aborted(r, writer.Header(), size),
			Hijacked:     taken,
			Header:       stdhttp.Header(writer.Header()),
			SpanName:     httpserver.Bind(m.config.spanName, c),
			Attributes:   httpserver.Bind(m.config.attributes, c),
		}
		if !endLate(c, writer, r, exchange, outcome) {
			exchange.End(outcome)
		}
		if panicked != nil {
			panic(panicked)
		}
	}()
	c.Next()
	returned = true
}
