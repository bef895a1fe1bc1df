package bench

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"

	"github.com/samespan/samespan/ginotel"
)

type ginMiddleware func(*setup, *gin.Engine)

func ginCopy(_ *setup, r *gin.Engine) {
	r.Use(func(c *gin.Context) {
		c.Request = c.Request.WithContext(withValue(c.Request.Context()))
		c.Next()
	})
}

func ginOurs(s *setup, r *gin.Engine) { ginotel.Use(r, s.engine()) }

func ginUpstream(s *setup, r *gin.Engine) {
	r.Use(otelgin.Middleware("bench",
		otelgin.WithTracerProvider(s.tracers), otelgin.WithMeterProvider(s.meters), otelgin.WithPropagators(s.propagator),
		otelgin.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) })))
}

func ginService(middleware ginMiddleware) func(setup) service {
	return func(s setup) service {
		gin.SetMode(gin.ReleaseMode)
		r := gin.New()
		if middleware != nil {
			middleware(&s, r)
		}
		answer := []byte(body)
		work := s.work()
		for i, template := range s.templates(":item_id") {
			r.GET(template, func(c *gin.Context) {
				work[i](c.Request.Context())
				_, _ = c.Writer.Write(answer) // discard returns no errors
			})
		}
		return overHTTP(r, &s)
	}
}
