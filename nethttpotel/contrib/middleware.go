package contrib

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hooks"
	"github.com/samespan/samespan/internal/stdhttp"
)

// importPath is the import path of this package. Messages of panics begin with it.
const importPath = "github.com/samespan/samespan/nethttpotel/contrib"

// Middleware returns otelhttp's middleware with the providers and the propagator of src.
// src is the *core.Telemetry of core.Setup or the *httpserver.Engine of httpserver.New.
// opts are options of otelhttp, such as filters. Middleware panics if src or an option is
// nil. If an exclusion rule for net/http matches a request, the request bypasses otelhttp's
// middleware, and its context suppresses child spans.
func Middleware(src httpserver.Source, opts ...otelhttp.Option) func(http.Handler) http.Handler {
	engine := httpserver.MustEngine(src, importPath)
	hooks.NoNil("nethttpotel/contrib", "one of otelhttp, such as WithFilter", opts)
	upstream := otelhttp.NewMiddleware("", append([]otelhttp.Option{
		otelhttp.WithTracerProvider(engine.TracerProvider()),
		otelhttp.WithMeterProvider(engine.MeterProvider()),
		otelhttp.WithPropagators(engine.Propagator()),
	}, opts...)...)
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("nethttpotel/contrib: Middleware: the handler is nil, want a handler, such as http.DefaultServeMux")
		}
		instrumented := upstream(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			request := stdhttp.Request(r)
			ctx, excluded := engine.Exclude(r.Context(), "nethttp", &request)
			if !excluded {
				instrumented.ServeHTTP(w, r)
				return
			}
			inner := r.WithContext(ctx)
			stdhttp.WatchBody(r, inner)
			defer stdhttp.HandBack(r, inner)
			next.ServeHTTP(w, inner)
		})
	}
}
