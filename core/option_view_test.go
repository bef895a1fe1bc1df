package core

import (
	"errors"
	"strings"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/logtest"
)

// TestSetupRefusesUnusableView proves that Setup refuses a view with which a
// middleware cannot create its instruments, and accepts any other view.
func TestSetupRefusesUnusableView(t *testing.T) {
	allInstruments := sdkmetric.Instrument{Name: "*"}
	for name, test := range map[string]struct {
		view sdkmetric.View
		want string
	}{
		"drops all":       {sdkmetric.NewView(allInstruments, sdkmetric.Stream{Aggregation: sdkmetric.AggregationDrop{}}), ""},
		"its own buckets": {sdkmetric.NewView(sdkmetric.Instrument{Name: "http.server.*.size"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: []float64{1, 5}}}), ""},
		"matches nothing": {sdkmetric.NewView(sdkmetric.Instrument{Name: "nothing"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationLastValue{}}), ""},
		"panics":          {func(sdkmetric.Instrument) (sdkmetric.Stream, bool) { panic("broken") }, ""},
		"last value of a histogram": {
			sdkmetric.NewView(sdkmetric.Instrument{Name: "http.server.request.duration"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationLastValue{}}),
			"WithView: http.server.request.duration: could not create all aggregators",
		},
		"last value of active requests": {
			sdkmetric.NewView(sdkmetric.Instrument{Name: "http.server.active_requests"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationLastValue{}}),
			"WithView: http.server.active_requests: could not create all aggregators",
		},
	} {
		t.Run(name, func(t *testing.T) {
			logger, _ := logtest.New()
			tel, err := Setup(t.Context(), WithoutGlobals(), WithView(test.view), WithActiveRequests(), WithBodySizes(), WithLogger(logger), WithShutdownTimeout(10*time.Millisecond))
			defer func() { _ = tel.Shutdown(t.Context()) }()
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tel.HTTPEngine().Instrument(httpserver.Framework{Scope: "test"}); err != nil {
					t.Error(err)
				}
				return
			}
			var setting *SettingError
			if !errors.As(err, &setting) || setting.Setting != "WithView" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
