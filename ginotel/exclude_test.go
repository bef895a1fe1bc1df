package ginotel_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestExcludedRequestsRecordNothing(t *testing.T) {
	handlers := map[string]gin.HandlerFunc{
		"responds":                    respondOK,
		"panics":                      panickingHandler,
		"records an error":            recordError,
		"middleware registered twice": nil,
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
			call := make(chan string, 1)
			r := gin.New()
			r.Use(gin.Recovery())
			ginotel.Use(r, rec, ginotel.WithContextFallback())
			if handler == nil {
				ginotel.Use(r, rec, ginotel.WithContextFallback())
				handler = respondOK
			}
			r.GET("/healthz/*rest", func(c *gin.Context) {
				recordSpan(c, rec, "child")
				header := make(http.Header)
				propagation.TraceContext{}.Inject(c, propagation.HeaderCarrier(header))
				call <- header.Get("Traceparent")
				handler(c)
			})
			serve(t, r).get("/healthz/live", "traceparent", callerTraceparent)
			if spans := rec.Ended(); len(spans) != 0 {
				t.Errorf("got spans %q, want none", httpservertest.Names(spans))
			}
			if points := append(rec.Points(durationMetric), rec.Points(activeRequestsMetric)...); len(points) != 0 {
				t.Errorf("got points %+v, want none", points)
			}
			if got := await(t, "call", call); len(got) != len(callerTraceparent) || got[len(got)-3:] != "-00" {
				t.Errorf("got traceparent %q on a call, want it unsampled", got)
			}
		})
	}
}

func TestGinExclusionVariableReplacesConfig(t *testing.T) {
	t.Setenv("OTEL_GO_GIN_EXCLUDED_URLS", "hidden")
	rec := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
	r := gin.New()
	ginotel.Use(r, rec, ginotel.WithContextFallback())
	r.GET("/hidden", respondOK)
	r.GET("/healthz", respondOK)
	s := serve(t, r)
	s.get("/hidden")
	s.get("/healthz")
	wantSpan{name: "GET /healthz", route: "/healthz", status: int64(200)}.check(t, rec.Only())
}
