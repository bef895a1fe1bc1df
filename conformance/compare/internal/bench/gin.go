package bench

import (
	"net/http"
	"strconv"

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
			if s.work != nil && middleware != nil {
				s.work(c.Request.Context())
			}
			_, _ = c.Writer.Write(answer) // discard's
		}
		r.GET("/process/:item_id", handler)
		r.GET(excludedPath, handler)
		for i := range s.routes {
			r.GET("/r"+strconv.Itoa(i)+"/:item_id", handler)
		}
		return overHTTP(r, s.mode)
	}
}
