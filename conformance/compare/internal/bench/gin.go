package bench

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"

	"github.com/samespan/samespan/ginotel"
)

// ginMiddleware registers a middleware with a Gin engine.
type ginMiddleware func(*setup, *gin.Engine)

// ginCopyMiddleware is the middleware of the [Copy] variant: it only adds a value to the
// context.
func ginCopyMiddleware(_ *setup, r *gin.Engine) {
	r.Use(func(c *gin.Context) {
		c.Request = c.Request.WithContext(withValue(c.Request.Context()))
		c.Next()
	})
}

// ginOurMiddleware is the middleware of this project.
func ginOurMiddleware(s *setup, r *gin.Engine) { ginotel.Use(r, s.newEngine()) }

// ginOfficialMiddleware is the official middleware.
func ginOfficialMiddleware(s *setup, r *gin.Engine) {
	r.Use(otelgin.Middleware("bench",
		otelgin.WithTracerProvider(s.tracers), otelgin.WithMeterProvider(s.meters), otelgin.WithPropagators(s.propagator),
		otelgin.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) })))
}

// ginService returns a function that sets up the service on Gin. middleware is nil for
// the bare framework.
func ginService(middleware ginMiddleware) func(setup) clientFactory {
	return func(s setup) clientFactory {
		gin.SetMode(gin.ReleaseMode)
		r := gin.New()
		if middleware != nil {
			middleware(&s, r)
		}
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns(":item_id") {
			r.GET(template, func(c *gin.Context) {
				work[i](c.Request.Context())
				_, _ = c.Writer.Write(answer) // a discardWriter returns no errors
			})
		}
		return netHTTPClients(r, &s)
	}
}
