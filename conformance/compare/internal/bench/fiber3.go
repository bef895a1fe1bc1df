package bench

import (
	"github.com/gofiber/fiber/v3"

	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
)

type fiber3Middleware func(*setup) fiber.Handler

func fiber3Copy(*setup) fiber.Handler {
	return func(c fiber.Ctx) error {
		c.SetContext(withValue(c.Context()))
		return c.Next()
	}
}

func fiber3Ours(s *setup) fiber.Handler { return fiberotel.Middleware(s.engine()) }

// fiber3Service is the service on Fiber v3. This module requires no official middleware
// for it.
func fiber3Service(middleware fiber3Middleware) func(setup) service {
	return func(s setup) service {
		app := fiber.New()
		if middleware != nil {
			app.Use(middleware(&s))
		}
		answer := []byte(body)
		work := s.work()
		for i, template := range s.templates(":item_id") {
			app.Get(template, func(c fiber.Ctx) error {
				work[i](c.Context())
				return c.Send(answer)
			})
		}
		app.Handler() // builds the routing tables
		return overFasthttp(app.Server(), &s)
	}
}
