package core

import (
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// emitRecords logs n records.
func emitRecords(t *testing.T, tel *Telemetry, n int) {
	t.Helper()
	logger := tel.LoggerProvider().Logger("test")
	for range n {
		var record log.Record
		logger.Emit(t.Context(), record)
	}
}

// recordSeries records one data point in each of n time series.
func recordSeries(t *testing.T, tel *Telemetry, n int) {
	t.Helper()
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		counter.Add(t.Context(), 1, metric.WithAttributes(numberedAttribute(i)))
	}
}

// TestRejectedItemsCountAsFailed proves, for each of the six exporters, that items
// that a collector rejects in a partial success are counted as failed and the
// others are not. A partial success that rejects nothing is only a warning: nothing
// is counted as failed.
func TestRejectedItemsCountAsFailed(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		for _, test := range []struct {
			rejected int
			message  string
			// logged is a text that the log must contain for each signal. err is a
			// text that the error of Shutdown must contain.
			logged, err string
		}{
			{0, "", "", ""},
			{0, "clock is off", "accepted telemetry with a warning", ""},
			{3, "quota", "the collector rejected telemetry", "traces: 3 spans lost (3 failed, 0 dropped)"},
			{10, "", "the collector gives no reason", "traces: 10 spans lost (10 failed, 0 dropped)"},
			// The reason that Dynatrace gives.
			{3, "Unsupported metric: 'things' - Reason: UNSUPPORTED_METRIC_TYPE_MONOTONIC_CUMULATIVE_SUM", "set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "traces: 3 spans lost (3 failed, 0 dropped)"},
		} {
			t.Run(fmt.Sprint(protocol, test.rejected, test.message), func(t *testing.T) {
				r := collectorStarter{t, protocol}.startReceiver(protocol, nil)
				r.setAnswer(func(string) answer { return answer{rejected: test.rejected, message: test.message} })
				logger, logged := logtest.New()
				tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol}, WithLogger(logger))
				endSpans(t, tel, 10)
				emitRecords(t, tel, 10)
				recordSeries(t, tel, 10)
				err := tel.Shutdown(t.Context())
				want := SpanStats{Ended: 10, Exported: uint64(10 - test.rejected), Failed: uint64(test.rejected)}
				got := tel.Stats()
				for signal, s := range map[string]SpanStats{"spans": got.Traces, "logs": SpanStats(got.Logs), "points": SpanStats(got.Metrics.Points)} {
					if s != want {
						t.Errorf("%s: got %+v, want %+v", signal, s, want)
					}
				}
				if failed := test.rejected > 0; got.Metrics.Exported+got.Metrics.Failed != 1 || (got.Metrics.Failed == 1) != failed {
					t.Errorf("metrics: got %+v, want one export, failed: %v", got.Metrics, failed)
				}
				if r.spanCount() != want.Exported {
					t.Errorf("the receiver has %d spans, want %d", r.spanCount(), want.Exported)
				}
				if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), test.message)) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				if test.logged == "" && logged.String() != "" {
					t.Errorf("got in the log: %s", logged)
				}
				for _, signal := range []string{"traces", "metrics", "logs"} {
					if test.logged != "" && !logged.Line(test.logged, test.message, "signal="+signal, r.address) {
						t.Errorf("got no line about %s with %q and %q:\n%s", signal, test.logged, test.message, logged)
					}
				}
			})
		}
	}
}
