package core

import (
	"maps"
	"slices"
	"strings"
	"testing"

	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
)

// runtimeSeries returns the names of the Go runtime's metrics that were
// received, each with the last value of its first series.
func (r *receiver) runtimeSeries() map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	values := make(map[string]int64)
	for _, m := range r.metrics {
		if sum, ok := m.Data.(*metricspb.Metric_Sum); ok && strings.HasPrefix(m.Name, "go.") {
			values[m.Name] = sum.Sum.DataPoints[0].GetAsInt()
		}
	}
	return values
}

func TestRuntimeMetrics(t *testing.T) {
	for name, test := range map[string]struct {
		variables []string
		options   []Option
		wanted    bool
	}{
		"default":                 {nil, nil, false},
		"option":                  {nil, []Option{WithRuntimeMetrics()}, true},
		"variable":                {[]string{"OTEL_GO_RUNTIME_METRICS", "true"}, nil, true},
		"the environment wins":    {[]string{"OTEL_GO_RUNTIME_METRICS", "false"}, []Option{WithRuntimeMetrics()}, false},
		"without metrics":         {[]string{"OTEL_METRICS_EXPORTER", "none"}, []Option{WithRuntimeMetrics()}, false},
		"with the SDK turned off": {[]string{"OTEL_SDK_DISABLED", "true"}, []Option{WithRuntimeMetrics()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, nil)
			tel := setup(t, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, test.variables...), test.options...)
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := r.runtimeSeries()
			if !test.wanted {
				if len(got) != 0 {
					t.Errorf("got %v, which nobody asked for", got)
				}
				return
			}
			// go.memory.limit is reported only if there is a limit.
			delete(got, "go.memory.limit")
			want := []string{
				"go.config.gogc", "go.goroutine.count", "go.memory.allocated", "go.memory.allocations",
				"go.memory.gc.goal", "go.memory.used", "go.processor.limit",
			}
			if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
				t.Errorf("got %v, want %v", names, want)
			}
			if got["go.goroutine.count"] < 2 {
				t.Errorf("got %d goroutines, want this test's and the exporter's at least", got["go.goroutine.count"])
			}
		})
	}
}

// TestRuntimeMetricsEnd proves that nothing is read or sent after the provider
// is shut down, and that the next Setup reports each metric once.
func TestRuntimeMetricsEnd(t *testing.T) {
	for range 2 {
		r := newReceiver(t, nil)
		tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithRuntimeMetrics())
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tel.ForceFlush(t.Context()); err != nil {
			t.Errorf("a flush after the end: %v", err)
		}
		count := 0
		for _, m := range r.metrics {
			if m.Name == "go.goroutine.count" {
				count++
			}
		}
		if count != 1 {
			t.Errorf("got the number of goroutines %d times, want it once", count)
		}
	}
}
