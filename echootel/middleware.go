package echootel

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hooks"
	"github.com/samespan/samespan/internal/stdhttp"
)

var framework = httpserver.Framework{
	Name:      "echo",
	Scope:     "github.com/samespan/samespan/echootel",
	Version:   Version,
	ParamEnds: "/",
}

// Middleware returns a middleware for Use or, to cover other Pre middlewares
// too, for Pre. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New; nil panics, here and not at the first
// request.
func Middleware(src httpserver.Source, opts ...Option) echo.MiddlewareFunc {
	a := &adapter{
		instrumentation: httpserver.MustInstrument(src, framework),
		routes:          new(routes),
	}
	for i, o := range opts {
		if o == nil {
			panic(fmt.Sprintf("echootel: option %d is nil, want one of this package, such as WithSpanName", i+1))
		}
		o.apply(&a.config)
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { return a.serve(c, next) }
	}
}

type adapter struct {
	instrumentation *httpserver.Instrumentation
	config          config
	routes          *routes
}

func (a *adapter) serve(c echo.Context, next echo.HandlerFunc) (err error) {
	r := c.Request()
	request := stdhttp.Request(r)
	request.Routing = exclude.Raw // by URL.RawPath, where there is one
	path := c.Path()
	if route, certain := a.routes.of(c); certain {
		request.Route = route
	}
	ctx, exchange := a.instrumentation.Start(r.Context(), &request)
	response := c.Response()
	below := response.Writer
	stdhttp.CloseAfter(a.instrumentation, exchange, below, r)
	stdhttp.Relate(exchange, below, r)
	body := a.pass(ctx, c, path == "")
	if !exchange.Observed() {
		defer func() { stdhttp.HandBack(r, c.Request()) }()
		return next(c)
	}
	writer, recorder := stdhttp.Record(below, r)
	exchange.Identify(recorder)
	response.Writer = writer
	returned := false
	defer func() {
		var panicked any
		if !returned {
			// nil when the goroutine exits without a panic.
			panicked = recover()
		}
		stdhttp.HandBack(r, c.Request())
		outcome := recorder.Outcome(exchange, r, panicked, returned)
		outcome.Route = request.Route
		outcome.RequestSize = body.Size()
		outcome.SpanName = hooks.Bind(a.config.spanName, c)
		outcome.Attributes = hooks.Bind(a.config.attributes, c)
		// Behind a timeout that has passed, c may serve another request by now.
		if !errors.Is(r.Context().Err(), context.DeadlineExceeded) && (c.Path() != path || outcome.Route == "") {
			// Routed since, as in Pre, named by the handler, or not certain before.
			outcome.Route = a.routeAfter(c, outcome.Status, err)
		}
		// What panicked or failed is answered further out, except for
		// http.ErrAbortHandler, which has no answer. An error that is not the
		// context's own is answered also where the context has ended: the client may
		// have closed its sending side alone.
		unanswered := err != nil || panicked != nil && panicked != any(http.ErrAbortHandler)
		late := unanswered && !exchange.Nested() && !outcome.Hijacked &&
			(outcome.Aborted == httpserver.NotAborted || recorder.Status() == 0 && !errors.Is(err, context.Canceled))
		if response.Writer == writer && (!late || !isServers(below)) {
			// A middleware further out finds the writer that it has set.
			response.Writer = below
		}
		if late {
			endLate(response, exchange, outcome, r, recorder, err)
		} else {
			exchange.End(outcome)
		}
		if panicked != nil {
			panic(panicked)
		}
	}()
	err = next(c)
	returned = true
	return err
}

// pass gives c's request the context ctx, where it stays for the error handler,
// which Echo calls last. After Pre, Echo routes by the request that it was given:
// a copy would hide from it what a middleware such as Rewrite has changed, so
// that request is changed in place, as those middlewares do.
func (a *adapter) pass(ctx context.Context, c echo.Context, inPre bool) stdhttp.Body {
	r := c.Request()
	inner := r.WithContext(ctx)
	if inPre {
		*r = *inner
		return stdhttp.WatchOwnBody(r, a.instrumentation.WantsBodySizes())
	}
	c.SetRequest(inner)
	return stdhttp.WatchBody(r, inner)
}

// routeAfter returns the route of a request that was handled. Where it is not
// certain which registration has answered, what is not found was not found by
// the one that is for that.
func (a *adapter) routeAfter(c echo.Context, status int, err error) string {
	route, certain := a.routes.of(c)
	if !certain && (status == http.StatusNotFound || errors.Is(err, echo.ErrNotFound)) {
		return ""
	}
	return route
}
