package nethttpotel

import (
	"context"
	"fmt"
	"net/http"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hooks"
	"github.com/samespan/samespan/internal/stdhttp"
)

// framework describes net/http to the engine.
var framework = httpserver.Framework{
	Name:    "nethttp",
	Scope:   "github.com/samespan/samespan/nethttpotel",
	Version: Version,
}

// Middleware returns a middleware that instruments a handler. src is the *core.Telemetry
// of core.Setup or the *httpserver.Engine of httpserver.New. Middleware panics if src, an
// option or the handler is nil.
func Middleware(src httpserver.Source, opts ...Option) func(http.Handler) http.Handler {
	instrumentation := httpserver.MustInstrument(src, framework)
	var c config
	for i, o := range opts {
		if o == nil {
			panic(fmt.Sprintf("nethttpotel: option %d of %d is nil, want one of this package, such as WithSpanName", i+1, len(opts)))
		}
		o.apply(&c)
	}
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("nethttpotel: Middleware: the handler is nil, want a handler, such as http.DefaultServeMux")
		}
		return &handler{instrumentation: instrumentation, config: c, next: next}
	}
}

// handler is the handler that the middleware puts around next.
type handler struct {
	instrumentation *httpserver.Instrumentation
	config          config
	next            http.Handler
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if stdhttp.IsPreface(r) {
		h.servePreface(w, r)
		return
	}
	ctx, exchange := h.start(r)
	stdhttp.PrepareResponse(h.instrumentation, exchange, w, r)
	stdhttp.Relate(exchange, w, r)
	inner := r.WithContext(ctx)
	body := stdhttp.WatchBody(r, inner)
	if !exchange.Observed() {
		defer stdhttp.HandBack(r, inner)
		h.next.ServeHTTP(w, inner)
		return
	}
	writer, recorder := stdhttp.Record(w, r)
	exchange.Identify(recorder)
	returned := false
	defer func() {
		var panicked any
		if !returned {
			// panicked stays nil if the handlers end the goroutine without a panic.
			panicked = recover()
		}
		if mayBeConnectRedirect(inner, recorder.Status()) {
			inner.Pattern = ""
		}
		stdhttp.HandBack(r, inner)
		outcome := recorder.Outcome(exchange, r, panicked, returned)
		h.end(exchange, outcome, inner, body)
		if panicked != nil {
			panic(panicked)
		}
	}()
	if h.config.chooseWriter != nil {
		// The user's function may panic, so call it where the exchange ends even then.
		writer = h.config.chooseWriter(writer, w)
	}
	h.next.ServeHTTP(writer, inner)
	returned = true
}

// start starts the exchange of r.
func (h *handler) start(r *http.Request) (context.Context, *httpserver.Exchange) {
	request := stdhttp.Request(r)
	request.Route = request.Mount
	// The middleware does not know the router. Routers other than ServeMux may compare
	// paths without decoding them.
	request.Routing = exclude.Raw
	request.StartAttributes = hooks.Bind(h.config.startAttributes, r)
	return h.instrumentation.Start(r.Context(), &request)
}

// end ends the exchange with outcome, to which it adds what inner and body show. inner is the
// request that the handlers have received.
func (h *handler) end(exchange *httpserver.Exchange, outcome httpserver.Outcome, inner *http.Request, body stdhttp.Body) {
	outcome.Route = stdhttp.Route(inner.Pattern)
	outcome.RequestSize = body.Size()
	outcome.RouteName = hooks.Bind(h.config.route, inner)
	outcome.SpanName = hooks.Bind(h.config.spanName, inner)
	outcome.Attributes = hooks.Bind(h.config.attributes, inner)
	outcome.MetricAttributes = hooks.Bind(h.config.metricAttributes, inner)
	exchange.End(outcome)
}

// mayBeConnectRedirect reports whether the response with this status may be a redirect of a
// CONNECT by the mux. The pattern of the request is then the path that the client sent, which
// must not become a route: clients could create any number of routes. Go 1.25 redirects with
// 301, later versions with 307.
func mayBeConnectRedirect(r *http.Request, status int) bool {
	return r.Method == http.MethodConnect &&
		(status == http.StatusTemporaryRedirect || status == http.StatusMovedPermanently)
}
