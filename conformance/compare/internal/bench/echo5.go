package bench

import (
	"github.com/labstack/echo/v5"

	echootel "github.com/samespan/samespan/echootel/echo5"
)

type echo5Middleware func(*setup) echo.MiddlewareFunc

func echo5Copy(*setup) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			c.SetRequest(c.Request().WithContext(withValue(c.Request().Context())))
			return next(c)
		}
	}
}

func echo5Ours(s *setup) echo.MiddlewareFunc { return echootel.Middleware(s.engine()) }

// echo5Service is the service on Echo v5. This module requires no official middleware for
// it.
func echo5Service(middleware echo5Middleware) func(setup) service {
	return func(s setup) service {
		e := echo.New()
		if middleware != nil {
			e.Use(middleware(&s))
		}
		answer := []byte(body)
		work := s.work()
		for i, template := range s.templates(":item_id") {
			e.GET(template, func(c *echo.Context) error {
				work[i](c.Request().Context())
				_, err := c.Response().Write(answer)
				return err
			})
		}
		return overHTTP(e, &s)
	}
}
