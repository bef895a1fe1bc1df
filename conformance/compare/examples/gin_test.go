package examples

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/reference"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/ginotel"
)

// TestGin runs some checks on a service with Gin.
func TestGin(t *testing.T) {
	conformance.Test(t, t.Run, conformance.Subject{
		Name: "orders", Framework: "Gin",
		Starter: conformance.InProcess(func(ctx context.Context, addr string, ready func()) error {
			return withService(ctx, func(tel *core.Telemetry, service *reference.Service) error {
				return reference.Serve(ctx, addr, ginHandler(tel, service), ready)
			})
		}),
		Has:      []conformance.Capability{conformance.Exclusion, conformance.Disconnect, conformance.UnknownMethods, conformance.Slug, conformance.Metrics},
		Template: reference.GinTemplate,
	}, withSomeChecks)
}

// ginHandler returns the handler of the reference service with Gin and this project's
// middleware.
func ginHandler(tel *core.Telemetry, service *reference.Service) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.RecoveryWithWriter(io.Discard))
	ginotel.Use(r, tel)
	// The service's own middleware, after the instrumentation.
	r.Use(func(c *gin.Context) {
		request, err := service.Inside(c.Request)
		if err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.Request = request
	})
	for _, route := range service.Routes() {
		r.Handle(route.Method, route.Path(reference.GinTemplate), gin.WrapH(route.Handler))
	}
	return r
}
