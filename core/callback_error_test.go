package core

import (
	"context"
	"errors"
	"testing"

	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// TestFailedCallbackKeepsOtherMetrics proves that if the callback of an observable
// instrument returns an error, the metrics of all other instruments are exported, and the
// error is logged. With delta temporality, they would otherwise be lost, since the next
// export does not repeat them.
func TestFailedCallbackKeepsOtherMetrics(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		for _, options := range [][]Option{nil, {WithoutGlobals()}} {
			r := collectorStarter{t, protocol}.startReceiver(protocol, nil)
			logger, logged := logtest.New()
			tel := setup(t, []string{
				"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
				"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta",
			}, append(options, WithLogger(logger))...)
			meter := tel.MeterProvider().Meter("test")
			_, err := meter.Int64ObservableGauge("unavailable", metric.WithInt64Callback(func(context.Context, metric.Int64Observer) error {
				return errors.New("the pool is closed")
			}))
			if err != nil {
				t.Fatal(err)
			}
			counter, err := meter.Int64Counter("things")
			if err != nil {
				t.Fatal(err)
			}
			for _, export := range []func(context.Context) error{tel.ForceFlush, tel.Shutdown} {
				counter.Add(t.Context(), 1)
				if err := export(t.Context()); err != nil {
					t.Errorf("%s: %v", protocol, err)
				}
			}
			if len(r.metrics) != 2 || r.metrics[0].Name != "things" || r.metrics[1].Name != "things" {
				t.Errorf("%s: got metrics %v, want the counter twice", protocol, r.metrics)
			}
			if got := tel.Stats().Metrics; got.Exported != 2 || got.Failed != 0 {
				t.Errorf("%s: got %+v, want two exports", protocol, got)
			}
			if !logged.Line("callback of an observable instrument failed", "the pool is closed") {
				t.Errorf("%s: got in the log %q, want the error of the callback", protocol, logged)
			}
		}
	}
}
