package bench

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"

	"github.com/samespan/samespan/ginotel"
)

type ginMiddleware func(*setup, *gin.Engine)

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
		handler := func(c *gin.Context) {
			s.handle(c.Request.Context(), middleware == nil)
			_, _ = c.Writer.Write(answer) // discard's
		}
		for _, template := range s.templates(":item_id") {
			r.GET(template, handler)
		}
		return overHTTP(r, &s)
	}
}
