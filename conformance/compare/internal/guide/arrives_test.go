package guide

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/otlptranslator"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// waitTimeout limits how long a test waits for anything.
const waitTimeout = 20 * time.Second

// telemetryNames are the names of the telemetry that a subject exports for requests.
type telemetryNames struct {
	// spanAttributes are the attribute keys of server spans. pointAttributes are the
	// attribute keys of the instrumentation's data points.
	spanAttributes, pointAttributes []string
	// metrics are the instrumentation's metrics with units: "name (unit)".
	metrics []string
	// prometheusNames are the names and labels that the metrics have in Prometheus.
	prometheusNames []string
}

// requests are the requests to send to a subject. Together, their telemetry has every
// attribute that a guide names.
var requests = []struct{ method, path, body string }{
	{http.MethodGet, "/process/12345?a=1&sig=secret", ""},
	{http.MethodPost, "/echo", "hello"},
	{http.MethodGet, "/nowhere", ""},
	{http.MethodGet, "/fail/503", ""},
	{http.MethodGet, "/panic", ""},
	{"FOO", "/process/12345", ""},
}

// telemetryNamesOfSubject runs the subject, sends requests and returns the names of the
// exported telemetry.
func telemetryNamesOfSubject(t *testing.T, name string) telemetryNames {
	t.Helper()
	s, err := subject.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	// The guides say that this variable must be set.
	t.Setenv("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "true")
	addr, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), waitTimeout)
	defer cancel()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ready, done := make(chan struct{}), make(chan error, 1)
	quiet := core.WithLogger(slog.New(slog.DiscardHandler))
	go func() { done <- s.Run(serving, addr, "", func() { close(ready) }, quiet) }()
	select {
	case <-ready:
	case err := <-done:
		t.Fatalf("%s did not start: %v", name, err)
	}
	for _, r := range requests {
		request, err := http.NewRequestWithContext(ctx, r.method, "http://"+addr+r.path, strings.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("ada", "secret")
		request.Close = true
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			continue // an unrecovered panic closes the connection
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	stop()
	if err := <-done; err != nil {
		t.Fatalf("%s ended with %v", name, err)
	}
	return telemetryNamesIn(collector.Snapshot(), "http.") // metrics without this prefix belong to the reference service
}

// telemetryNamesIn returns the attribute keys of the server spans in the snapshot, and the
// names and attribute keys of the metrics whose names have the prefix.
func telemetryNamesIn(snapshot otlptest.Snapshot, prefix string) telemetryNames {
	spanKeys, pointKeys := make(map[string]bool), make(map[string]bool)
	metrics, prometheus := make(map[string]bool), make(map[string]bool)
	for _, span := range snapshot.Spans() {
		if span.Kind() == otlptest.KindServer {
			for key := range span.Attributes {
				spanKeys[key] = true
			}
		}
	}
	namer := otlptranslator.MetricNamer{WithMetricSuffixes: true}
	labels := otlptranslator.LabelNamer{}
	for _, metric := range snapshot.Metrics() {
		if !strings.HasPrefix(metric.Name(), prefix) {
			continue
		}
		metrics[metric.Name()+" ("+metric.Unit()+")"] = true
		kind, suffixes := otlptranslator.MetricType(otlptranslator.MetricTypeNonMonotonicCounter), []string{""}
		for _, point := range metric.Points() {
			if point.Bounds != nil {
				kind, suffixes = otlptranslator.MetricTypeHistogram, []string{"_bucket", "_count", "_sum"}
			}
			for key := range point.Attributes {
				pointKeys[key] = true
				if label, err := labels.Build(key); err == nil {
					prometheus[label] = true
				}
			}
		}
		if name, err := namer.Build(otlptranslator.Metric{Name: metric.Name(), Unit: metric.Unit(), Type: kind}); err == nil {
			for _, suffix := range suffixes {
				prometheus[name+suffix] = true
			}
		}
	}
	return telemetryNames{
		spanAttributes:  slices.Sorted(maps.Keys(spanKeys)),
		pointAttributes: slices.Sorted(maps.Keys(pointKeys)),
		metrics:         slices.Sorted(maps.Keys(metrics)),
		prometheusNames: slices.Sorted(maps.Keys(prometheus)),
	}
}

// TestGuidesListExportedNames checks that the guides' tables and queries have the names
// that the official middleware and the adapter export. In step 1 of a migration, which
// only adds core to the official middleware, the names must stay the same.
func TestGuidesListExportedNames(t *testing.T) {
	for _, g := range guides {
		t.Run(g.ours, func(t *testing.T) {
			document := readDocument(t, g.document)
			before, after := telemetryNamesOfSubject(t, g.official), telemetryNamesOfSubject(t, g.ours)
			underCore := telemetryNamesOfSubject(t, g.official+"+core")
			compareSets(t, "step 1, attributes of the span", underCore.spanAttributes, before.spanAttributes)
			compareSets(t, "step 1, metrics", underCore.metrics, before.metrics)
			compareSets(t, "step 1, attributes of the metrics", underCore.pointAttributes, before.pointAttributes)
			compareTable(t, document, "## Attributes of the span", before.spanAttributes, after.spanAttributes)
			compareTable(t, document, "## Metrics", before.metrics, after.metrics)
			compareTable(t, document, "## Attributes of the metrics", before.pointAttributes, after.pointAttributes)
			checkQueries(t, document, before, after)
		})
	}
}

// compareTable checks the first two columns of a table: the names before and after the
// migration. The word "same" in the second column means the name in the first.
func compareTable(t *testing.T, document, heading string, before, after []string) {
	t.Helper()
	var official, ours []string
	for _, row := range tableRows(sectionText(document, heading)) {
		if len(row) < 2 {
			t.Fatalf("%s: got the row %q, want two columns or more", heading, row)
		}
		official = append(official, inlineCodeIn(row[0])...)
		if row[1] == "same" {
			ours = append(ours, inlineCodeIn(row[0])...)
		} else {
			ours = append(ours, inlineCodeIn(row[1])...)
		}
	}
	compareSets(t, heading+", first column", official, before)
	compareSets(t, heading+", second column", ours, after)
}

var (
	// prometheusNamePattern matches a metric or label name in Prometheus syntax.
	prometheusNamePattern = regexp.MustCompile(`\b(?:http|net|network|server|url|error|requests?|response)_[a-z0-9_]+`)
	// traceQLAttributePattern matches a span attribute in a TraceQL query.
	traceQLAttributePattern = regexp.MustCompile(`\bspan\.([a-z0-9_.]+)`)
)

// checkQueries checks that the names in the guide's queries are exported: before the
// migration by the official middleware, and after the migration by the adapter.
func checkQueries(t *testing.T, document string, before, after telemetryNames) {
	t.Helper()
	queries := tableRows(sectionText(document, "## Queries"))
	if len(queries) < 3 {
		t.Errorf("got %d queries, want the dashboards' and the alerts'", len(queries))
	}
	for _, row := range queries {
		for i, exported := range []telemetryNames{before, after} {
			for _, query := range inlineCodeIn(row[i+1]) {
				for _, name := range prometheusNamePattern.FindAllString(query, -1) {
					if !slices.Contains(exported.prometheusNames, name) {
						t.Errorf("%s: there is no %s, only %v", query, name, exported.prometheusNames)
					}
				}
				for _, match := range traceQLAttributePattern.FindAllStringSubmatch(query, -1) {
					if !slices.Contains(exported.spanAttributes, match[1]) {
						t.Errorf("%s: there is no %s, only %v", query, match[1], exported.spanAttributes)
					}
				}
			}
		}
	}
}
