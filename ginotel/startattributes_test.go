package ginotel_test

import (
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestStartAttributesOfSecondMiddleware proves that the span has the start attributes of a
// middleware inside another one. The span has already started, so they are added to it.
func TestStartAttributesOfSecondMiddleware(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	ginotel.Use(r, rec)
	api := r.Group("/api", ginotel.Middleware(rec, ginotel.WithStartAttributes(func(c *gin.Context) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("user", c.Param("id"))}
	})))
	api.GET("/users/:id", respondOK)
	serve(t, r).get("/api/users/1")
	httpservertest.Expect(t, rec.Only(), map[string]any{"user": "1"})
}
