package bench

import (
	"github.com/gofiber/fiber/v3"

	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
)

// fiber3Middleware returns a middleware for Fiber v3.
type fiber3Middleware func(*setup) fiber.Handler

// fiber3CopyMiddleware is the middleware of the [Copy] variant: it only adds a value to
// the context.
func fiber3CopyMiddleware(*setup) fiber.Handler {
	return func(c fiber.Ctx) error {
		c.SetContext(withValue(c.Context()))
		return c.Next()
	}
}

// fiber3OurMiddleware is the middleware of this project.
func fiber3OurMiddleware(s *setup) fiber.Handler { return fiberotel.Middleware(s.newEngine()) }

// fiber3Builder returns the serviceBuilder of a service on Fiber v3. middleware is nil for the bare
// framework.
func fiber3Builder(middleware fiber3Middleware) serviceBuilder {
	return func(s setup) clientFactory {
		app := fiber.New()
		if middleware != nil {
			app.Use(middleware(&s))
		}
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns(":item_id") {
			app.Get(template, func(c fiber.Ctx) error {
				work[i](c.Context())
				return c.Send(answer)
			})
		}
		app.Handler() // builds the routing tables
		return fasthttpClientFactory(app.Server(), &s)
	}
}
