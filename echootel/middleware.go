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

// framework describes Echo to the engine.
var framework = httpserver.Framework{
	Name:      "echo",
	Scope:     "github.com/samespan/samespan/echootel",
	Version:   Version,
	ParamEnds: "/",
}

// Middleware returns a middleware to register with Use, or with Pre if the span must
// include other Pre middlewares. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New. Middleware panics if src or an option is nil.
func Middleware(src httpserver.Source, opts ...Option) echo.MiddlewareFunc {
	a := &adapter{
		instrumentation: httpserver.MustInstrument(src, framework),
		finder:          new(routeFinder),
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

// adapter holds the data that all requests of one [Middleware] share.
type adapter struct {
	instrumentation *httpserver.Instrumentation
	config          config
	// finder finds the route of a request.
	finder *routeFinder
}

// serve calls next and records the request.
func (a *adapter) serve(c echo.Context, next echo.HandlerFunc) (err error) {
	r := c.Request()
	request := stdhttp.Request(r)
	request.Routing = exclude.Raw // Echo routes by URL.RawPath if it is set
	path := c.Path()
	request.StartAttributes = hooks.Bind(a.config.startAttributes, c)
	ctx, exchange := a.instrumentation.StartRouted(r.Context(), &request, func() string {
		if route, certain := a.finder.routeOf(c); certain {
			return route
		}
		return ""
	})
	response := c.Response()
	originalWriter := response.Writer
	stdhttp.PrepareResponse(a.instrumentation, exchange, originalWriter, r)
	stdhttp.Relate(exchange, originalWriter, r)
	body := a.setRequestContext(ctx, c, path == "")
	if !exchange.Observed() {
		defer func() { stdhttp.HandBack(r, c.Request()) }()
		return next(c)
	}
	writer, recorder := stdhttp.Record(originalWriter, r)
	exchange.Identify(recorder)
	response.Writer = writer
	returned := false
	defer func() {
		var panicked any
		if !returned {
			// panicked stays nil if a handler has called runtime.Goexit.
			panicked = recover()
		}
		stdhttp.HandBack(r, c.Request())
		outcome := recorder.Outcome(exchange, r, panicked, returned)
		outcome.Route = request.Route
		outcome.RequestSize = body.Size()
		outcome.SpanName = hooks.Bind(a.config.spanName, c)
		outcome.Attributes = hooks.Bind(a.config.attributes, c)
		outcome.MetricAttributes = hooks.Bind(a.config.metricAttributes, c)
		// Do not read the route from c after the deadline: an outer timeout middleware may
		// have responded, and c may already serve another request.
		if !errors.Is(r.Context().Err(), context.DeadlineExceeded) && (c.Path() != path || outcome.Route == "") {
			// Look the route up again if it was not certain at the start, or if it was set
			// later: by a handler or, if the middleware is registered with Pre, by the
			// router.
			outcome.Route = a.routeAfterHandlers(c, outcome.Status, err)
		}
		// An outer middleware or Echo responds to an error or a panic, except to
		// http.ErrAbortHandler. It responds even if the client has canceled the context,
		// since the client may have closed only its sending side. If the client has canceled
		// the context and the handler has returned context.Canceled, there is no response.
		outerCodeResponds := err != nil || panicked != nil && panicked != any(http.ErrAbortHandler)
		respondsLater := outerCodeResponds && !exchange.Nested() && !outcome.Hijacked &&
			(outcome.Aborted == httpserver.NotAborted || recorder.Status() == 0 && !errors.Is(err, context.Canceled))
		if response.Writer == writer && (!respondsLater || !isServerWriter(originalWriter)) {
			// Restore the writer, since an outer middleware may require the writer that it
			// has set.
			response.Writer = originalWriter
		}
		if respondsLater {
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

// setRequestContext sets the context of c's request to ctx. It returns the request's body,
// whose size the caller reads at the end. The request keeps ctx after the middleware, since
// Echo's error handler needs it. If inPre is true, the middleware is registered with Pre,
// and setRequestContext changes the request in place: Echo routes by the original request,
// so later middlewares such as Rewrite must also change the original and not a copy.
func (a *adapter) setRequestContext(ctx context.Context, c echo.Context, inPre bool) (body stdhttp.Body) {
	r := c.Request()
	inner := r.WithContext(ctx)
	if inPre {
		*r = *inner
		return stdhttp.DeclaredBody(r)
	}
	c.SetRequest(inner)
	return stdhttp.WatchBody(r, inner)
}

// routeAfterHandlers returns the route of a request whose handlers have returned. If it is
// not certain that c's path is that of a route, a response with 404 is taken for the
// response of a RouteNotFound handler, which has no route.
func (a *adapter) routeAfterHandlers(c echo.Context, status int, err error) string {
	route, certain := a.finder.routeOf(c)
	if !certain && (status == http.StatusNotFound || errors.Is(err, echo.ErrNotFound)) {
		return ""
	}
	return route
}
