package contrib

import (
	"github.com/gofiber/contrib/otelfiber/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
	"github.com/samespan/samespan/internal/hooks"
)

// importPath is the import path of this package. Messages of panics begin with it.
const importPath = "github.com/samespan/samespan/fiberotel/contrib"

// Middleware returns otelfiber's middleware with the providers and the propagator of src.
// src is the *core.Telemetry of core.Setup or the *httpserver.Engine of httpserver.New.
// opts are options of otelfiber, such as WithNext. Middleware panics if src or an option is
// nil. If an exclusion rule for Fiber matches a request, the request bypasses otelfiber's
// middleware, and its context suppresses child spans.
func Middleware(src httpserver.Source, opts ...otelfiber.Option) fiber.Handler {
	engine := httpserver.MustEngine(src, importPath)
	hooks.NoNil("fiberotel/contrib", "one of otelfiber, such as WithNext", opts)
	upstream := otelfiber.Middleware(append([]otelfiber.Option{
		otelfiber.WithTracerProvider(engine.TracerProvider()),
		otelfiber.WithMeterProvider(engine.MeterProvider()),
		otelfiber.WithPropagators(engine.Propagator()),
	}, opts...)...)
	return func(c *fiber.Ctx) error {
		config := c.App().Config()
		request := httpserver.Request{
			Header:  fasthttpotel.Header(c.Context(), c.App().Server().DisableHeaderNamesNormalizing),
			Routing: fasthttpotel.Routing(config.CaseSensitive, config.UnescapePath),
		}
		ctx, excluded := engine.Exclude(c.UserContext(), "fiber", &request)
		if !excluded {
			return upstream(c)
		}
		c.SetUserContext(ctx)
		fasthttpotel.Publish(ctx, c.Context())
		return c.Next()
	}
}
