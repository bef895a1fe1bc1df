package echootel

import (
	"testing"

	"github.com/labstack/echo/v5"
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestStartAttributesOfSecondMiddleware proves that the span has the start attributes of a
// middleware inside another one. The span has already started, so they are added to it.
func TestStartAttributesOfSecondMiddleware(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	e := echo.New()
	e.Use(Middleware(rec))
	api := e.Group("/api", Middleware(rec, WithStartAttributes(func(c *echo.Context) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("user", c.Param("id"))}
	})))
	api.GET("/users/:id", func(*echo.Context) error { return nil })
	get(t, httpservertest.Start(t, e)+"/api/users/1")
	httpservertest.Expect(t, rec.Only(), map[string]any{"user": "1"})
}
