package httpserver_test

import (
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/httpserver/httpservertest"
)

// TestEnded ends an exchange in the past, sampled or not.
func TestEnded(t *testing.T) {
	for _, sampler := range []sdktrace.Sampler{sdktrace.AlwaysSample(), sdktrace.NeverSample()} {
		t.Run(sampler.Description(), func(t *testing.T) {
			rec := httpservertest.NewSampled(t, httpserver.Config{}, sampler)
			in := httpserver.MustInstrument(rec, httpserver.Framework{Name: "test", Scope: "test"})
			_, exchange := in.Start(t.Context(), &httpserver.Request{Method: "GET"})
			ended := time.Now().Add(time.Minute)
			exchange.End(httpserver.Outcome{Ended: ended})
			for _, span := range rec.Ended() {
				if !span.EndTime().Equal(ended) {
					t.Errorf("end of the span: got %v, want %v", span.EndTime(), ended)
				}
			}
			points := rec.Points("http.server.request.duration")
			if len(points) != 1 || points[0].Sum < 59 || points[0].Sum > 61 {
				t.Errorf("duration: got %v, want a minute", points)
			}
		})
	}
}
