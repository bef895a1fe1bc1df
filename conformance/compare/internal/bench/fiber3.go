package bench

import (
	"github.com/gofiber/fiber/v3"

	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
)

// fiber3Service is the service on Fiber v3, bare or with ours: no official
// middleware for it is required here.
func fiber3Service(ours bool) func(setup) service {
	return func(s setup) service {
		app := fiber.New()
		if ours {
			app.Use(fiberotel.Middleware(s.engine()))
		}
		answer := []byte(body)
		handler := func(c fiber.Ctx) error {
			s.handle(c.Context(), !ours)
			return c.Send(answer)
		}
		for _, template := range s.templates(":item_id") {
			app.Get(template, handler)
		}
		app.Handler() // completes the routes
		return overFasthttp(app.Server(), &s)
	}
}
