package runtimemetrics_test

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/register"
	"github.com/samespan/samespan/internal/logtest"
)

// wantMetrics are the expected metrics. go.memory.limit is not among them, because it is
// reported only if there is a limit.
var wantMetrics = []string{
	"go.config.gogc", "go.goroutine.count", "go.memory.allocated", "go.memory.allocations",
	"go.memory.gc.goal", "go.memory.used", "go.processor.limit",
}

// setup calls core.Setup with exports to the collector, and with additional variables.
func setup(t *testing.T, collector *otlptest.Server, variables map[string]string, options ...core.Option) *core.Telemetry {
	t.Helper()
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
	logger, _ := logtest.New()
	tel, err := core.Setup(t.Context(), append([]core.Option{core.WithLogger(logger)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.Background()) })
	return tel
}

// receivedRuntimeMetrics returns the metrics of the Go runtime that were received, each
// with the value of its first point in every export.
func receivedRuntimeMetrics(collector *otlptest.Server) map[string][]float64 {
	values := make(map[string][]float64)
	for _, m := range collector.Metrics() {
		if strings.HasPrefix(m.Name(), "go.") && m.Name() != "go.memory.limit" {
			values[m.Name()] = append(values[m.Name()], m.Points()[0].Value)
		}
	}
	return values
}

// TestMetricsNeedVariableOrOption proves that the metrics are reported only if the
// variable or the option enables them. The variable takes precedence. The description of
// the configuration says whether the metrics are enabled.
func TestMetricsNeedVariableOrOption(t *testing.T) {
	const variable = "OTEL_GO_RUNTIME_METRICS"
	for name, test := range map[string]struct {
		variables map[string]string
		options   []core.Option
		wanted    bool
		line      string
	}{
		"import alone":            {nil, nil, false, "runtime metrics off"},
		"option":                  {nil, []core.Option{core.WithRuntimeMetrics()}, true, "runtime metrics on"},
		"option given twice":      {nil, []core.Option{core.WithRuntimeMetrics(), core.WithRuntimeMetrics()}, true, "runtime metrics on"},
		"variable":                {map[string]string{variable: "TRUE"}, nil, true, "runtime metrics on"},
		"the variable wins":       {map[string]string{variable: "false"}, []core.Option{core.WithRuntimeMetrics()}, false, "runtime metrics off"},
		"without metrics":         {map[string]string{"OTEL_METRICS_EXPORTER": "none"}, []core.Option{core.WithRuntimeMetrics()}, false, "metrics: off"},
		"with the SDK turned off": {map[string]string{"OTEL_SDK_DISABLED": "true"}, []core.Option{core.WithRuntimeMetrics()}, false, "metrics: off"},
	} {
		t.Run(name, func(t *testing.T) {
			collector := otlptest.Start(t)
			tel := setup(t, collector, test.variables, test.options...)
			if !strings.Contains(tel.String(), test.line) {
				t.Errorf("want %q in\n%s", test.line, tel)
			}
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := receivedRuntimeMetrics(collector)
			if !test.wanted {
				if len(got) != 0 {
					t.Errorf("got %v, want no metric of the runtime", got)
				}
				return
			}
			if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, wantMetrics) {
				t.Errorf("got %v, want %v", names, wantMetrics)
			}
			if n := got["go.goroutine.count"]; len(n) != 1 || n[0] < 2 {
				t.Errorf("got %v goroutines, want this test's and the exporter's at least, once", n)
			}
		})
	}
}

// TestMetricsEndAtShutdown proves that the metrics are no longer read or sent after a
// shutdown, and that the next Setup reports each metric once.
func TestMetricsEndAtShutdown(t *testing.T) {
	for range 2 {
		collector := otlptest.Start(t)
		tel := setup(t, collector, nil, core.WithRuntimeMetrics())
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tel.ForceFlush(t.Context()); err != nil {
			t.Errorf("a flush after the end: %v", err)
		}
		if n := receivedRuntimeMetrics(collector)["go.goroutine.count"]; len(n) != 1 {
			t.Errorf("got the number of goroutines %d times, want it once", len(n))
		}
	}
}

// TestMeterProviderOfServiceRecordsMetrics proves that the metrics are recorded by the
// service's own meter provider if WithProviders sets one.
func TestMeterProviderOfServiceRecordsMetrics(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	tel := setup(t, otlptest.Start(t), nil, core.WithRuntimeMetrics(),
		core.WithProviders(core.Providers{MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))}))
	if !strings.Contains(tel.String(), "runtime metrics on") {
		t.Errorf("want that the metrics are on in\n%s", tel)
	}
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			names[m.Name] = true
		}
	}
	for _, name := range wantMetrics {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

// TestSharedProviderReportsMetricsOnce proves that a meter provider that several Setups
// share, together or one after the other, reports each metric once, and none after the
// last shutdown. The SDK would report the sum of what several callbacks observe.
func TestSharedProviderReportsMetricsOnce(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	shared := core.WithProviders(core.Providers{MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), Shared: true})
	collector := otlptest.Start(t)
	collectedLimits := func() (limits []int64) {
		t.Helper()
		var collected metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &collected); err != nil {
			t.Fatal(err)
		}
		for _, scope := range collected.ScopeMetrics {
			for _, m := range scope.Metrics {
				if m.Name != "go.processor.limit" {
					continue
				}
				for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
					limits = append(limits, point.Value)
				}
			}
		}
		return limits
	}
	want := []int64{int64(runtime.GOMAXPROCS(0))}
	for range 2 {
		first := setup(t, collector, nil, core.WithRuntimeMetrics(), core.WithoutGlobals(), shared)
		second := setup(t, collector, nil, core.WithRuntimeMetrics(), core.WithoutGlobals(), shared)
		for _, tel := range []*core.Telemetry{first, second} {
			if got := collectedLimits(); !slices.Equal(got, want) {
				t.Errorf("got limits of processors %v, want %v", got, want)
			}
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := collectedLimits(); len(got) != 0 {
			t.Errorf("got limits of processors %v after the shutdown, want none", got)
		}
	}
}

// TestSecondRegistrationPanics proves that another package cannot register the metrics
// again, since they would be reported twice.
func TestSecondRegistrationPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("want a panic")
		}
	}()
	register.RuntimeMetrics(func(metric.MeterProvider) error { return nil })
}
