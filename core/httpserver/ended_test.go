package httpserver_test

import (
	"fmt"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestOutcomeEndedSetsEndTime proves that Outcome.Ended determines the end of the span
// and the duration in the metric, with and without a monotonic clock reading, and for
// unsampled requests too.
func TestOutcomeEndedSetsEndTime(t *testing.T) {
	for _, test := range []struct {
		sampler       sdktrace.Sampler
		wallClockOnly bool
	}{
		{sdktrace.AlwaysSample(), false}, {sdktrace.AlwaysSample(), true},
		{sdktrace.NeverSample(), false}, {sdktrace.NeverSample(), true},
	} {
		t.Run(fmt.Sprintf("%s, by the wall clock %v", test.sampler.Description(), test.wallClockOnly), func(t *testing.T) {
			rec := httpservertest.NewSampled(t, httpserver.Config{}, test.sampler)
			instrumentation := httpserver.MustInstrument(rec, httpserver.Framework{Name: "test", Scope: "test"})
			_, exchange := instrumentation.Start(t.Context(), &httpserver.Request{Method: "GET"})
			ended := time.Now().Add(time.Minute)
			if test.wallClockOnly {
				ended = ended.Round(0)
			}
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
