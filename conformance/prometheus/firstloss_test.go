package prometheus

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// TestAlertsFireForFirstLoss checks that alerts fire if a counter of losses appears and
// then keeps its value. PromQL's function increase does not detect such a loss. Alerts must
// not fire for losses before the first evaluation of the rules.
func TestAlertsFireForFirstLoss(t *testing.T) {
	d := newDatabase(t, newTestFailingLogger(t), false)
	groups := loadRules(t, d, newTestFailingLogger(t))
	start := newClock().prometheusStart
	const duration, lossAt = 30 * time.Minute, 10 * time.Minute
	for at := time.Duration(0); at <= duration; at += 15 * time.Second {
		app := d.Appender(t.Context())
		add := func(name, component, errorType string, value float64) {
			l := labels.FromStrings("__name__", name, "job", "orders", "instance", "1", "otel_component_type", component)
			if errorType != "" {
				l = labels.NewBuilder(l).Set("error_type", errorType).Labels()
			}
			if _, err := app.Append(0, l, start.Add(at).UnixMilli(), value); err != nil {
				t.Fatal(err)
			}
		}
		add("otel_sdk_exporter_span_exported_total", "otlp_grpc_span_exporter", "", 1000)
		add("otel_sdk_exporter_log_exported_total", "otlp_grpc_log_exporter", "timeout", 5) // before the first evaluation of the rules
		if at >= lossAt {
			add("otel_sdk_exporter_span_exported_total", "otlp_grpc_span_exporter", "timeout", 3)
			add("otel_sdk_processor_span_processed_total", "batching_span_processor", "queue_full", 7)
		}
		if err := app.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"TelemetryExportFailing orders otlp_grpc_span_exporter",
		"TelemetryDropped orders batching_span_processor",
	}
	fired := make(map[string]time.Duration)
	for at := 6 * time.Minute; at <= duration; at += 30 * time.Second {
		for _, group := range groups {
			group.Eval(t.Context(), start.Add(at))
		}
		got := firingAlertsOf(groups)
		for alert := range got {
			if _, ok := fired[alert]; !ok {
				fired[alert] = at
			}
		}
		if at == lossAt+4*time.Minute {
			for _, alert := range want {
				if !got[alert] {
					t.Errorf("4 minutes after the loss: %q does not fire, only %v", alert, got)
				}
			}
		}
		if at == duration && len(got) > 0 {
			t.Errorf("20 minutes after the loss: got %v, want no alert", got)
		}
	}
	for alert, at := range fired {
		if at < lossAt || !strings.Contains(strings.Join(want, "\n"), alert) {
			t.Errorf("%q fires after %v, want only those of the loss, after %v", alert, at, lossAt)
		}
	}
	lost := replaceVariables("telemetry.json", expressionOf(t, "telemetry.json", "Spans lost"), "(.+)")
	if got := d.query(t, lost, start.Add(lossAt+5*time.Minute)); len(got) != 1 || got[0].value != 10 {
		t.Errorf("got %v, want 10 from %s", got, lost)
	}
}
