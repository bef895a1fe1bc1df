package bench

import (
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"

	"github.com/samespan/samespan/echootel"
)

// echoMiddleware returns a middleware for Echo v4.
type echoMiddleware func(*setup) echo.MiddlewareFunc

// echoCopyMiddleware is the middleware of the [Copy] variant: it only adds a value to the
// context.
func echoCopyMiddleware(*setup) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.SetRequest(c.Request().WithContext(withValue(c.Request().Context())))
			return next(c)
		}
	}
}

// echoOurMiddleware is the middleware of this project.
func echoOurMiddleware(s *setup) echo.MiddlewareFunc { return echootel.Middleware(s.newEngine()) }

// echoOfficialMiddleware is the official middleware.
func echoOfficialMiddleware(s *setup) echo.MiddlewareFunc {
	return otelecho.Middleware("bench",
		otelecho.WithTracerProvider(s.tracers), otelecho.WithPropagators(s.propagator),
		otelecho.WithSkipper(func(c echo.Context) bool { return isExcluded(c.Request().URL.Path) }))
}

// echoBuilder returns the serviceBuilder of a service on Echo v4. middleware is nil for the bare
// framework.
func echoBuilder(middleware echoMiddleware) serviceBuilder {
	return func(s setup) clientFactory {
		e := echo.New()
		if middleware != nil {
			e.Use(middleware(&s))
		}
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns(":item_id") {
			e.GET(template, func(c echo.Context) error {
				work[i](c.Request().Context())
				_, err := c.Response().Write(answer)
				return err
			})
		}
		return netHTTPClientFactory(e, &s)
	}
}
