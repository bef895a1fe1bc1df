package bench

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"

	"github.com/samespan/samespan/ginotel"
)

// ginRegistrar registers a middleware with a Gin engine.
type ginRegistrar func(*setup, *gin.Engine)

// registerGinCopy registers the middleware of the [Copy] variant, which only adds a value
// to the context.
func registerGinCopy(_ *setup, r *gin.Engine) {
	r.Use(func(c *gin.Context) {
		c.Request = c.Request.WithContext(withValue(c.Request.Context()))
		c.Next()
	})
}

// registerGinOurs registers the middleware of this project.
func registerGinOurs(s *setup, r *gin.Engine) { ginotel.Use(r, s.newEngine()) }

// registerGinOfficial registers the official middleware.
func registerGinOfficial(s *setup, r *gin.Engine) {
	r.Use(otelgin.Middleware("bench",
		otelgin.WithTracerProvider(s.tracers), otelgin.WithMeterProvider(s.meters), otelgin.WithPropagators(s.propagator),
		otelgin.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) })))
}

// ginBuilder returns the serviceBuilder of a service on Gin. register is nil for the bare
// framework.
func ginBuilder(register ginRegistrar) serviceBuilder {
	return func(s setup) clientFactory {
		gin.SetMode(gin.ReleaseMode)
		r := gin.New()
		if register != nil {
			register(&s, r)
		}
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns(":item_id") {
			r.GET(template, func(c *gin.Context) {
				work[i](c.Request.Context())
				_, _ = c.Writer.Write(answer) // a discardWriter returns no errors
			})
		}
		return netHTTPClientFactory(r, &s)
	}
}
