package snippet

import (
	"github.com/gofiber/contrib/otelfiber/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/contrib"
)

// Otelfiber is a service with otelfiber.
func Otelfiber() *fiber.App {
	app := fiber.New()
	app.Use(recover.New())
	app.Use(otelfiber.Middleware(
		otelfiber.WithNext(func(c *fiber.Ctx) bool { return c.Path() == "/healthz" }),
	))
	return app
}

// OtelfiberUnderCore is the service after step 1 of the migration: otelfiber with core.
func OtelfiberUnderCore(tel *core.Telemetry) *fiber.App {
	app := fiber.New()
	app.Use(recover.New())
	app.Use(contrib.Middleware(tel)) // core.WithExclude replaces WithNext
	return app
}

// Fiberotel is the service after step 2 of the migration.
func Fiberotel(tel *core.Telemetry) *fiber.App {
	app := fiber.New()
	app.Use(recover.New())
	app.Use(fiberotel.Middleware(tel))
	return app
}

// FiberNames sets span names and attributes, as WithSpanNameFormatter and
// WithCustomAttributes of otelfiber do.
func FiberNames(app *fiber.App, tel *core.Telemetry) {
	app.Use(fiberotel.Middleware(tel,
		fiberotel.WithSpanName(func(c *fiber.Ctx) string { return c.Route().Path }),
		fiberotel.WithAttributes(func(c *fiber.Ctx) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("app.tenant", c.Params("tenant"))}
		}),
	))
}
