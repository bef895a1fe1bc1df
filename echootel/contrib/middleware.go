package contrib

import (
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hooks"
	"github.com/samespan/samespan/internal/stdhttp"
)

// importPath is the import path of this package. Messages of panics begin with it.
const importPath = "github.com/samespan/samespan/echootel/contrib"

// Middleware returns otelecho's middleware with the tracer provider and the propagator of
// src. src is the *core.Telemetry of core.Setup or the *httpserver.Engine of
// httpserver.New. opts are options of otelecho, such as its skipper. Middleware panics if
// src or an option is nil. If an exclusion rule for Echo matches a request, the request
// bypasses otelecho's middleware, and its context suppresses child spans. otelecho records
// the host that the client requested as the server's address.
func Middleware(src httpserver.Source, opts ...otelecho.Option) echo.MiddlewareFunc {
	engine := httpserver.MustEngine(src, importPath)
	hooks.NoNil("echootel/contrib", "one of otelecho, such as WithSkipper", opts)
	upstream := otelecho.Middleware("", append([]otelecho.Option{
		otelecho.WithTracerProvider(engine.TracerProvider()),
		otelecho.WithPropagators(engine.Propagator()),
	}, opts...)...)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		instrumented := upstream(next)
		return func(c echo.Context) error {
			r := c.Request()
			request := stdhttp.Request(r)
			request.Routing = exclude.Raw // Echo routes by URL.RawPath if it is set
			ctx, excluded := engine.Exclude(r.Context(), "echo", &request)
			if !excluded {
				return instrumented(c)
			}
			*r = *r.WithContext(ctx) // a copy would not work in Pre: Echo routes by the original request
			defer func() { stdhttp.HandBack(r, c.Request()) }()
			return next(c)
		}
	}
}
