package prometheus

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
)

// loadRules loads the rules as Prometheus does. The groups are in the order of the files.
func loadRules(t *testing.T, d *database, logger *slog.Logger) (groups []*rules.Group) {
	t.Helper()
	manager := rules.NewManager(&rules.ManagerOptions{
		ExternalURL: new(url.URL), QueryFunc: rules.EngineQueryFunc(d.engine, d), Context: t.Context(),
		NotifyFunc:   func(context.Context, string, ...*rules.Alert) {},
		AppendableV2: d, Queryable: d, Logger: logger, Parser: d.parser, NameValidationScheme: model.UTF8Validation,
	})
	files := []string{filepath.Join(dashboardFolder, "recording.rules.yaml"), filepath.Join(dashboardFolder, "alerts.rules.yaml")}
	loaded, errs := manager.LoadGroups(time.Minute, labels.EmptyLabels(), "", nil, false, files...)
	for _, err := range errs {
		t.Error(err)
	}
	for _, file := range files {
		for _, group := range slices.Sorted(maps.Keys(loaded)) {
			if strings.HasPrefix(group, file+";") {
				groups = append(groups, loaded[group])
			}
		}
	}
	if len(groups) != len(loaded) || len(groups) < 4 {
		t.Fatalf("got the groups %q, want all in order", slices.Collect(maps.Keys(loaded)))
	}
	return groups
}

// firingAlerts are the firing alerts. A key is the alert's name, followed by the values of
// its labels job, http_route and otel_component_type.
type firingAlerts map[string]bool

// firingAlertsOf returns the firing alerts of the groups. For an incomplete annotation, it
// adds an entry that no test expects, so that the test fails.
func firingAlertsOf(groups []*rules.Group) firingAlerts {
	all := make(firingAlerts)
	for _, group := range groups {
		for _, rule := range group.AlertingRules() {
			for _, alert := range rule.ActiveAlerts() {
				if alert.State != rules.StateFiring {
					continue
				}
				parts := []string{rule.Name(), alert.Labels.Get("job")}
				for _, name := range []string{"http_route", "otel_component_type"} {
					if value := alert.Labels.Get(name); value != "" {
						parts = append(parts, value)
					}
				}
				all[strings.Join(parts, " ")] = true
				for _, text := range []string{alert.Annotations.Get("summary"), alert.Annotations.Get("description")} {
					if text == "" || strings.Contains(text, "<no value>") || strings.Contains(text, "{{") || strings.Contains(text, "error expanding") {
						all[fmt.Sprintf("%s: annotation %q", rule.Name(), text)] = true
					}
				}
			}
		}
	}
	return all
}

// checkRules evaluates all rules every 30 seconds from the start of the test. It checks which
// alerts fire at the end of each part of the test, and that no other alert ever fires.
func checkRules(t *testing.T, w *testServices, d *database) {
	t.Helper()
	groups := loadRules(t, d, newTestFailingLogger(t))
	var alwaysFiring, faultyAlerts, goneAlerts []string
	alwaysFiring = append(alwaysFiring, "GoMemoryNearLimit "+w.journal.job)
	for _, s := range w.faultyServices {
		faultyAlerts = append(faultyAlerts,
			"HTTPServerFailures "+s.job,
			"HTTPServerRouteFailures "+s.job+" /status/{code}",
			"HTTPServerSlow "+s.job+" /slow/{ms}",
			"TelemetryExportFailing "+s.job+" otlp_grpc_span_exporter",
			"TelemetryDropped "+s.job+" batching_span_processor",
			"TelemetryQueueFilling "+s.job+" batching_span_processor")
	}
	for _, part := range []string{
		"TelemetryExportFailing %s otlp_grpc_span_exporter", "TelemetryExportFailing %s otlp_grpc_log_exporter",
		"TelemetryExportFailing %s otlp_http_metric_exporter",
		"TelemetryDropped %s batching_span_processor", "TelemetryDropped %s batching_log_processor",
		"TelemetryQueueFilling %s batching_span_processor", "TelemetryQueueFilling %s batching_log_processor",
	} {
		faultyAlerts = append(faultyAlerts, fmt.Sprintf(part, w.journal.job))
	}
	goneAlerts = append(goneAlerts, "TelemetryGone "+w.killedService.job)

	step := 30 * time.Second
	ever := make(firingAlerts)
	at := w.prometheusTime(w.serviceStart).Add(step)
	evaluate := func(until time.Time) firingAlerts {
		for ; !at.After(until); at = at.Add(step) {
			for _, group := range groups {
				group.Eval(t.Context(), at)
				for _, rule := range group.Rules() {
					if err := rule.LastError(); err != nil {
						t.Fatalf("%s: %v", rule.Name(), err)
					}
				}
			}
			maps.Copy(ever, firingAlertsOf(groups))
		}
		return firingAlertsOf(groups)
	}
	wantAlerts := func(when string, got firingAlerts, want ...[]string) {
		all := slices.Concat(want...)
		for _, alert := range all {
			if !got[alert] {
				t.Errorf("%s: %q does not fire", when, alert)
			}
		}
		for alert := range got {
			if !slices.Contains(all, alert) {
				t.Errorf("%s: %q fires, want only:\n%s", when, alert, strings.Join(all, "\n"))
			}
		}
	}
	wantAlerts("without a fault", evaluate(w.prometheusTime(w.healthyUntil)), alwaysFiring)
	wantAlerts("with the faults", evaluate(w.prometheusTime(w.faultyUntil)), alwaysFiring, faultyAlerts)
	checkRecordingRules(t, w, d, at.Add(-step))
	evaluate(w.prometheusTime(w.killedUntil))
	wantAlerts("at any time", ever, alwaysFiring, faultyAlerts, goneAlerts)
	for _, group := range groups {
		for _, rule := range group.AlertingRules() {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(ever)), func(alert string) bool { return strings.HasPrefix(alert, rule.Name()+" ") }) {
				t.Errorf("%s has never fired: give it a fault", rule.Name())
			}
		}
	}
	for alert := range firingAlertsOf(groups) {
		if strings.HasPrefix(alert, "TelemetryGone") {
			return
		}
	}
	t.Errorf("after a service was killed: %q does not fire", goneAlerts[0])
}

// checkRecordingRules checks the results of the recording rules.
func checkRecordingRules(t *testing.T, w *testServices, d *database, at time.Time) {
	t.Helper()
	route := []string{"job", "http_request_method", "http_route"}
	recorded := map[string]expectation{
		"job:http_server_requests:rate5m":                                  expectRate(anyRequest, "job"),
		"job_method_route:http_server_requests:rate5m":                     expectRate(anyRequest, route...),
		"job_method_route:http_server_failures:rate5m":                     expectRate(hasFailed, route...),
		"job:http_server_failures:ratio_rate5m":                            expectRatio(hasFailed, "job"),
		"job_method_route:http_server_failures:ratio_rate5m":               expectRatio(hasFailed, route...),
		"job_method_route:http_server_request_duration_seconds:p95_rate5m": expectDurationByRoute,
		"job:http_server_request_duration_seconds:p95_rate5m":              expectBounds(percentileBounds),
	}
	for _, group := range loadRules(t, d, newTestFailingLogger(t)) {
		for _, rule := range group.Rules() {
			if _, ok := rule.(*rules.RecordingRule); ok && recorded[rule.Name()] == nil {
				t.Errorf("%s is not expected to be recorded", rule.Name())
			}
		}
	}
	for name, expectation := range recorded {
		got := d.query(t, name, at)
		if len(got) == 0 {
			t.Errorf("%s: got nothing", name)
		}
		for _, problem := range expectation(querySelection{w, w.allServices(), w.faultyUntil}, got) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}
