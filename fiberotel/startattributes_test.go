package fiberotel_test

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestStartAttributesOfSecondMiddleware proves that the span has the start attributes of a
// middleware inside another one. The span has already started, so they are added to it.
func TestStartAttributesOfSecondMiddleware(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	app := instrumentedApp(rec)
	api := app.Group("/api", fiberotel.Middleware(rec, fiberotel.WithStartAttributes(func(c *fiber.Ctx) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("user", c.Query("user"))}
	})))
	api.Get("/users", func(c *fiber.Ctx) error { return c.SendStatus(http.StatusOK) })
	serve(t, app).Do(http.MethodGet, "/api/users?user=1")
	httpservertest.Expect(t, rec.Only(), map[string]any{"user": "1"})
}
