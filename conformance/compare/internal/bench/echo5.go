package bench

import (
	"github.com/labstack/echo/v5"

	echootel "github.com/samespan/samespan/echootel/echo5"
)

// echo5Service is the service on Echo v5, bare or with ours: no official
// middleware for it is required here.
func echo5Service(ours bool) func(setup) service {
	return func(s setup) service {
		e := echo.New()
		if ours {
			e.Use(echootel.Middleware(s.engine()))
		}
		answer := []byte(body)
		handler := func(c *echo.Context) error {
			s.handle(c.Request().Context(), !ours)
			_, err := c.Response().Write(answer)
			return err
		}
		for _, template := range s.templates(":item_id") {
			e.GET(template, handler)
		}
		return overHTTP(e, &s)
	}
}
