package fiberotel_test

import (
	"fmt"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/internal/httpservertest"
)

// newFuzzApp returns an app that responds with the request that it received. It uses the
// middleware if src is not nil. It calls arrived for each request, except for malformed
// requests, for which Fiber calls middlewares too.
func newFuzzApp(src httpserver.Source, arrived func()) *fiber.App {
	// Some seeds are larger than Fiber's default read buffer, so set a larger one.
	app := newApp(fiber.Config{ReadBufferSize: 1 << 20})
	malformed := false
	original := app.Server().ErrorHandler
	app.Server().ErrorHandler = func(ctx *fasthttp.RequestCtx, err error) {
		malformed = true
		original(ctx, err)
		malformed = false
	}
	app.Use(recover.New(), func(c fiber.Ctx) error {
		if !malformed {
			arrived()
		}
		return c.Next()
	})
	if src != nil {
		app.Use(fiberotel.Middleware(src))
	}
	app.All("/", func(c fiber.Ctx) error {
		return c.SendString(fmt.Sprintf("%q %q %q %q %q %q %d %d\n", c.Method(), c.Hostname(), c.OriginalURL(), c.Route().Path,
			c.Get("User-Agent"), c.Route().Params, len(c.Body()), len(c.GetReqHeaders())))
	})
	app.All("/process/:item_id", func(c fiber.Ctx) error {
		return c.Status(fiber.StatusAccepted).JSON(fiber.Map{"item_id": c.Params("item_id")})
	})
	app.All("/users/:id/*", func(c fiber.Ctx) error { return c.Send(c.Body()) })
	app.Post("/form", func(c fiber.Ctx) error { return c.SendString(c.FormValue("a")) })
	app.All("/panic", func(fiber.Ctx) error { panic("on purpose") })
	return app
}

func FuzzMiddleware(f *testing.F) {
	routes := []string{"/", "/process/{item_id}", "/users/{id}/{...}", "/form", "/panic"}
	httpservertest.Fuzz(f, routes, func(_ testing.TB, src httpserver.Source, arrived func()) func(*httpservertest.Wire) {
		app := newFuzzApp(src, arrived)
		_ = app.Handler() // prepares the app for serving
		return func(wire *httpservertest.Wire) {
			// Ignore the error of a connection that ends in the middle of a
			// request.
			_ = app.Server().ServeConn(wire)
			_ = wire.Close()
		}
	})
}
