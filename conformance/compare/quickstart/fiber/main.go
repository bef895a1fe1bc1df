// Command fiber is the README's quick start for Fiber v2.
package main

import (
	"context"
	"log"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/fiberotel"
)

func main() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
	if err != nil {
		log.Fatal(err)
	}
	tracer := tel.TracerProvider().Tracer("orders")

	app := fiber.New()
	app.Use(fiberotel.Middleware(tel))
	app.Get("/process/:item_id", func(c *fiber.Ctx) error {
		_, span := tracer.Start(c.UserContext(), "process_item_logic") // a child of the server span
		defer span.End()
		return c.JSON(fiber.Map{"item_id": c.Params("item_id"), "status": "processed"})
	})
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	app.Get("/metrics", func(c *fiber.Ctx) error { return c.JSON(tel.Stats()) })

	if err := tel.Serve(ctx, fiberotel.Server(app, ":8080")); err != nil {
		log.Fatal(err)
	}
}
