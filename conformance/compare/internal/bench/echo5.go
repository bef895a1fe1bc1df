package bench

import (
	"github.com/labstack/echo/v5"

	echootel "github.com/samespan/samespan/echootel/echo5"
)

// echo5Middleware returns a middleware for Echo v5.
type echo5Middleware func(*setup) echo.MiddlewareFunc

// echo5CopyMiddleware is the middleware of the [Copy] variant: it only adds a value to
// the context.
func echo5CopyMiddleware(*setup) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			c.SetRequest(c.Request().WithContext(withValue(c.Request().Context())))
			return next(c)
		}
	}
}

// echo5OurMiddleware is the middleware of this project.
func echo5OurMiddleware(s *setup) echo.MiddlewareFunc { return echootel.Middleware(s.newEngine()) }

// echo5Builder returns the serviceBuilder of a service on Echo v5. middleware is nil for the bare
// framework.
func echo5Builder(middleware echo5Middleware) serviceBuilder {
	return func(s setup) clientFactory {
		e := echo.New()
		if middleware != nil {
			e.Use(middleware(&s))
		}
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns(":item_id") {
			e.GET(template, func(c *echo.Context) error {
				work[i](c.Request().Context())
				_, err := c.Response().Write(answer)
				return err
			})
		}
		return netHTTPClientFactory(e, &s)
	}
}
