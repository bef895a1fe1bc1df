package fiberotel_test

import (
	"testing"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestNameAndStatusSetByHandlerAreKept proves that the middleware does not overwrite the
// name and the status description that a handler sets on the server span.
func TestNameAndStatusSetByHandlerAreKept(t *testing.T) {
	for name, respond := range map[string]fiber.Handler{
		"5xx status": func(c *fiber.Ctx) error { return c.SendStatus(500) },
		"error":      func(*fiber.Ctx) error { return fiber.ErrServiceUnavailable },
		"panic":      panicHandler("boom"),
		"4xx status": func(c *fiber.Ctx) error { return c.SendStatus(409) },
		"200":        respondOK,
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			app := newApp()
			app.Use(func(c *fiber.Ctx) (err error) {
				defer func() {
					if recover() != nil {
						err = c.SendStatus(502)
					}
				}()
				return c.Next()
			})
			app.Use(fiberotel.Middleware(r))
			app.Get("/items/:id", func(c *fiber.Ctx) error {
				span := trace.SpanFromContext(c.UserContext())
				span.SetName("reserve item")
				span.SetStatus(codes.Error, "stock is empty")
				return respond(c)
			})
			serve(t, app).Do("GET", "/items/1")
			span := r.Only()
			if span.Name() != "reserve item" {
				t.Errorf("got name %q, want the handler's", span.Name())
			}
			if status := span.Status(); status.Code != codes.Error || status.Description != "stock is empty" {
				t.Errorf("got status %+v, want the handler's", status)
			}
			if got := fibertest.Attr(span, "http.route"); got != "/items/:id" {
				t.Errorf("got http.route %v", got)
			}
		})
	}
}
