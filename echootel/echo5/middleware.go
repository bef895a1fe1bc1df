package echootel

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hooks"
	"github.com/samespan/samespan/internal/stdhttp"
)

// framework describes Echo to the engine.
var framework = httpserver.Framework{
	Name:    "echo",
	Scope:   "github.com/samespan/samespan/echootel/echo5",
	Version: Version,
	// A backslash ends the name of a parameter, as in /:name\:cancel.
	ParamEnds: `/\`,
}

// Middleware returns a middleware to register with Use, or with Pre if the span must
// include other Pre middlewares. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New. Middleware panics if src or an option is nil.
func Middleware(src httpserver.Source, opts ...Option) echo.MiddlewareFunc {
	a := &adapter{instrumentation: httpserver.MustInstrument(src, framework)}
	for i, o := range opts {
		if o == nil {
			panic(fmt.Sprintf("echootel: option %d is nil, want one of this package, such as WithSpanName", i+1))
		}
		o.apply(&a.config)
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error { return a.serve(c, next) }
	}
}

// adapter holds the data that all requests of one [Middleware] share.
type adapter struct {
	instrumentation *httpserver.Instrumentation
	config          config
}

// serve calls next and records the request.
func (a *adapter) serve(c *echo.Context, next echo.HandlerFunc) (err error) {
	r := c.Request()
	request := stdhttp.Request(r)
	request.Routing = exclude.Raw // Echo routes by URL.RawPath if it is set
	path := c.Path()
	if request.Route = route(c); path != "" {
		request.Mount = "" // Echo has overwritten the mux's pattern with its own route
	}
	request.StartAttributes = hooks.Bind(a.config.startAttributes, c)
	ctx, exchange := a.instrumentation.Start(r.Context(), &request)
	stdhttp.PrepareResponse(a.instrumentation, exchange, c.Response(), r)
	stdhttp.Relate(exchange, c.Response(), r)
	// The request keeps ctx after this middleware: Echo's error handler needs it.
	inner := r.WithContext(ctx)
	c.SetRequest(inner)
	body := stdhttp.WatchBody(r, inner)
	if !exchange.Observed() {
		defer func() { stdhttp.HandBack(r, c.Request()) }()
		return next(c)
	}
	response, recorder := recordResponse(c)
	exchange.Identify(recorder)
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
		if !errors.Is(r.Context().Err(), context.DeadlineExceeded) && c.Path() != path {
			// The route was set after this middleware started: by a handler or, if the
			// middleware is registered with Pre, by the router.
			outcome.Route = route(c)
		}
		// An outer middleware or Echo responds to an error or a panic, except to
		// http.ErrAbortHandler. It responds even if the client has canceled the context,
		// since the client may have closed only its sending side. If the client has canceled
		// the context and the handler has returned context.Canceled, there is no response.
		outerCodeResponds := err != nil || panicked != nil && panicked != any(http.ErrAbortHandler)
		respondsLater := outerCodeResponds && !exchange.Nested() && !outcome.Hijacked &&
			(outcome.Aborted == httpserver.NotAborted || recorder.Status() == 0 && !errors.Is(err, context.Canceled))
		if !respondsLater || response.response == nil {
			// Restore the writer that an outer middleware has set, since that middleware
			// may require it. If the exchange ends later and our writer is in Echo's own
			// Response, it stays: no middleware requires a particular writer there.
			response.restore()
		}
		if respondsLater {
			response.endLate(exchange, outcome, r, recorder, err)
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
