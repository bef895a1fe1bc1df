package core

import (
	"maps"
	"slices"
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/internal/logtest"
)

// sdkMetricSeries returns the last value of every time series of the metrics otel.sdk.*.
// The value of a histogram is its count. The keys of both maps have the format
// "name{error.type}". components has the other attributes of each time series.
func (r *receiver) sdkMetricSeries() (values map[string]int64, components map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	values, components = make(map[string]int64), make(map[string]string)
	addSeries := func(name string, attributes []*commonpb.KeyValue, value int64) {
		var otherAttributes []string
		for _, kv := range attributes {
			if kv.Key == "error.type" {
				name += "{" + kv.Value.GetStringValue() + "}"
				continue
			}
			otherAttributes = append(otherAttributes, kv.Key+"="+strings.Trim(kv.Value.String(), `"`))
		}
		slices.Sort(otherAttributes)
		values[name], components[name] = value, strings.Join(otherAttributes, " ")
	}
	for _, m := range r.metrics {
		if !strings.HasPrefix(m.Name, "otel.sdk.") {
			continue
		}
		switch data := m.Data.(type) {
		case *metricspb.Metric_Sum:
			for _, point := range data.Sum.DataPoints {
				addSeries(m.Name, point.Attributes, point.GetAsInt())
			}
		case *metricspb.Metric_Histogram:
			for _, point := range data.Histogram.DataPoints {
				for _, kv := range point.Attributes {
					if kv.Key == "otel.component.type" {
						addSeries(m.Name+" of "+kv.Value.GetStringValue(), point.Attributes, int64(point.Count))
					}
				}
			}
		}
	}
	return values, components
}

// runLossyService runs a service that records 28 spans and 28 log records, and returns its
// collector. Full queues drop 12 spans and 12 records. The collector receives two batches of
// 8 spans and two batches of 8 records, and rejects 3 items of each batch.
func runLossyService(t *testing.T, variables []string, options ...Option) *receiver {
	t.Helper()
	r := newReceiver(t, nil)
	r.setAnswer(func(signal string) answer {
		if signal == "metrics" {
			return answer{}
		}
		return answer{rejected: 3}
	})
	logger, _ := logtest.New()
	tel := setup(t, append([]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address,
		"OTEL_BSP_SCHEDULE_DELAY", "3600000", "OTEL_BLRP_SCHEDULE_DELAY", "3600000",
	}, variables...), append(options, WithLogger(logger), WithMaxQueueSize(8))...)
	release := r.holdExports()
	defer release()
	// The first 8 items fill a batch. While the batch is being exported, its items do not
	// count toward the queue limit.
	endSpans(t, tel, 8)
	emitRecords(t, tel, 8)
	eventually(t, "the first batches are under way", func() bool {
		return tel.providers.Traces.Queue.Waiting.Load() == 0 && tel.providers.Logs.Queue.Waiting.Load() == 0
	})
	endSpans(t, tel, 20)
	emitRecords(t, tel, 20)
	release()
	_ = tel.ForceFlush(t.Context())
	eventually(t, "nothing is queued", func() bool {
		s := tel.Stats()
		return s.Traces.Queued == 0 && s.Logs.Queued == 0
	})
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	return r
}

func TestSDKMetricsCountItemsAndLosses(t *testing.T) {
	for name, test := range map[string]struct {
		variables []string
		options   []Option
	}{
		"option":   {nil, []Option{WithSDKMetrics()}},
		"variable": {[]string{"OTEL_GO_SDK_METRICS", "true"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := runLossyService(t, test.variables, test.options...)
			got, components := r.sdkMetricSeries()
			want := map[string]int64{
				"otel.sdk.processor.span.processed":             16,
				"otel.sdk.processor.span.processed{queue_full}": 12,
				"otel.sdk.processor.span.queue.size":            0,
				"otel.sdk.processor.span.queue.capacity":        8,
				"otel.sdk.exporter.span.exported":               10,
				"otel.sdk.exporter.span.exported{rejected}":     6,
				"otel.sdk.exporter.span.inflight":               0,
				"otel.sdk.processor.log.processed":              16,
				"otel.sdk.processor.log.processed{queue_full}":  12,
				"otel.sdk.processor.log.queue.size":             0,
				"otel.sdk.processor.log.queue.capacity":         8,
				"otel.sdk.exporter.log.exported":                10,
				"otel.sdk.exporter.log.exported{rejected}":      6,
				"otel.sdk.exporter.log.inflight":                0,

				"otel.sdk.exporter.operation.duration of otlp_grpc_span_exporter{rejected}": 2,
				"otel.sdk.exporter.operation.duration of otlp_grpc_log_exporter{rejected}":  2,
			}
			for series, value := range want {
				if n, ok := got[series]; !ok || n != value {
					t.Errorf("%s: got %d (there: %v), want %d", series, n, ok, value)
				}
			}
			for _, series := range slices.Sorted(maps.Keys(got)) {
				_, expected := want[series]
				if !expected && !strings.Contains(series, "metric") {
					t.Errorf("got %s, which nobody asked for", series)
				}
			}
			// An export of metrics reports earlier exports, not itself.
			if got["otel.sdk.exporter.metric_data_point.exported"] == 0 || got["otel.sdk.exporter.operation.duration of otlp_grpc_metric_exporter"] == 0 {
				t.Errorf("got %v, want the data points of the flush", got)
			}
			for series, want := range map[string]string{
				"otel.sdk.processor.log.queue.size": `otel.component.name=string_value:"batching_log_processor/0 otel.component.type=string_value:"batching_log_processor`,
				"otel.sdk.exporter.span.exported":   `otel.component.name=string_value:"otlp_grpc_span_exporter/0 otel.component.type=string_value:"otlp_grpc_span_exporter server.address=string_value:"127.0.0.1 server.port=int_value:`,
			} {
				if !strings.HasPrefix(components[series], want) {
					t.Errorf("%s: got %s, want %s", series, components[series], want)
				}
			}
		})
	}
}

// TestSDKMetricsAreOffByDefault proves that the metrics of WithSDKMetrics are off by
// default, and that nothing is reported twice if the SDK's own experimental metrics are
// enabled.
func TestSDKMetricsAreOffByDefault(t *testing.T) {
	for name, test := range map[string]struct {
		variables []string
		options   []Option
		want      []string
	}{
		"default":            {nil, nil, nil},
		"variable":           {[]string{"OTEL_GO_SDK_METRICS", "false"}, []Option{WithSDKMetrics()}, nil},
		"the SDK's own":      {[]string{"OTEL_GO_X_OBSERVABILITY", "True"}, []Option{WithSDKMetrics()}, []string{"otel.sdk.processor.log.processed{queue_full}", "otel.sdk.processor.span.processed{queue_full}"}},
		"the SDK's old name": {[]string{"OTEL_GO_X_SELF_OBSERVABILITY", "true"}, nil, []string{"otel.sdk.processor.log.processed{queue_full}", "otel.sdk.processor.span.processed{queue_full}"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := runLossyService(t, test.variables, test.options...)
			r.mu.Lock()
			r.metrics = slices.DeleteFunc(r.metrics, func(m *metricspb.Metric) bool { return !strings.HasSuffix(m.Name, ".processed") })
			r.mu.Unlock()
			values, _ := r.sdkMetricSeries()
			var got []string
			for series := range values {
				if test.variables == nil || test.want == nil || strings.HasSuffix(series, "}") {
					got = append(got, series)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestSDKMetricsNameExporterAndCollector proves that the metrics name an exporter by
// its protocol, and by the address and port of its collector.
func TestSDKMetricsNameExporterAndCollector(t *testing.T) {
	for _, test := range []struct {
		variables []string
		want      string
	}{
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector"}, "otlp_grpc_span_exporter collector 443"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"}, "otlp_http_span_exporter collector 4318"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::1]:4317"}, "otlp_grpc_span_exporter ::1 4317"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "unix:/run/otel.sock"}, "otlp_grpc_span_exporter /run/otel.sock"},
	} {
		envtest.Clear(t)
		t.Setenv(test.variables[0], test.variables[1])
		s, err := resolveSettings(t)
		if err != nil {
			t.Error(err)
		}
		var got []string
		for _, kv := range otlp.NewCollector(s.Traces).Component()[1:] {
			got = append(got, kv.Value.String())
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v: got %v, want %s", test.variables, got, test.want)
		}
	}
}
