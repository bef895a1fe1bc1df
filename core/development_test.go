package core

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/internal/logtest"
)

// normalizeTree replaces the ids and times of a printed trace, which differ in every
// run.
func normalizeTree(s string) string {
	s = regexp.MustCompile(`[0-9a-f]{32}`).ReplaceAllString(s, "ID")
	s = regexp.MustCompile(`[0-9a-f]{16}`).ReplaceAllString(s, "ID")
	s = regexp.MustCompile(` +[0-9.]+ (µs|ms|s)\b`).ReplaceAllString(s, " TIME")
	return strings.TrimSpace(s)
}

// TestDevelopmentPrintsTraceAsTree proves that a trace is printed as a tree once all
// spans that have started have ended.
func TestDevelopmentPrintsTraceAsTree(t *testing.T) {
	output := new(logtest.Buffer)
	tel := setup(t, nil, WithDevelopment(output), WithServiceName("shop"))
	tracer := tel.TracerProvider().Tracer("test")
	ctx, root := tracer.Start(t.Context(), "GET /orders/{id}", trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.Int("http.response.status_code", 500)))
	_, child := tracer.Start(ctx, "reserve", trace.WithAttributes(attribute.String("item.id", "12345")))
	child.RecordError(errors.New("no stock left"))
	child.SetStatus(codes.Error, "no stock left")
	child.End()
	if output.String() != "" {
		t.Errorf("printed before the root has ended:\n%s", output)
	}
	_, late := tracer.Start(ctx, "late")
	root.End()
	if output.String() != "" {
		t.Errorf("printed before the last span has ended:\n%s", output)
	}
	late.End()
	eventually(t, "the tree", func() bool { return tel.Stats().Traces.Queued == 0 })
	want := `trace ID · shop · 3 spans · TIME
GET /orders/{id}  SERVER TIME  500
├─ reserve        INTERNAL TIME       ERROR no stock left item.id=12345
│     exception at TIME *errors.errorString: no stock left
└─ late           INTERNAL TIME`
	if got := normalizeTree(output.String()); !equalTrees(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := tel.Stats().Traces; got != (SpanStats{Ended: 3, Exported: 3}) {
		t.Errorf("got %+v", got)
	}
}

// equalTrees reports whether two printed trees are equal, ignoring the number of
// spaces.
func equalTrees(a, b string) bool {
	collapseSpaces := func(s string) string { return regexp.MustCompile(` +`).ReplaceAllString(s, " ") }
	return collapseSpaces(a) == collapseSpaces(b)
}

// TestDevelopmentPrintsMissingRemoteParent proves that if the parent of a span belongs to
// another service, the printed tree says that the parent is not here.
func TestDevelopmentPrintsMissingRemoteParent(t *testing.T) {
	output := new(logtest.Buffer)
	tel := setup(t, nil, WithDevelopment(output))
	remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	_, span := tel.TracerProvider().Tracer("test").Start(trace.ContextWithRemoteSpanContext(t.Context(), remote), "GET /")
	span.End()
	eventually(t, "the tree", func() bool { return tel.Stats().Traces.Queued == 0 })
	if got := normalizeTree(output.String()); !strings.Contains(got, "(parent ID is not here)") {
		t.Errorf("got\n%s", got)
	}
}

func TestFlushPrintsSpansOfOpenTrace(t *testing.T) {
	output := new(logtest.Buffer)
	tel := setup(t, nil, WithDevelopment(output))
	tracer := tel.TracerProvider().Tracer("test")
	ctx, root := tracer.Start(t.Context(), "endless")
	for range 3 {
		_, span := tracer.Start(ctx, "child")
		span.End()
	}
	if got := tel.Stats().Traces; got.Queued != 3 {
		t.Errorf("got %+v, want 3 queued", got)
	}
	if err := tel.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if n := strings.Count(output.String(), "child"); n != 3 {
		t.Errorf("got %d children printed, want 3:\n%s", n, output)
	}
	root.End()
	eventually(t, "the root that ended after a flush", func() bool { return strings.Contains(output.String(), "endless") })
}

// TestDevelopmentExportsOnlyIfConfigured proves that with WithDevelopment or
// OTEL_TRACES_EXPORTER=console, nothing is exported to a collector unless a variable
// configures the export.
func TestDevelopmentExportsOnlyIfConfigured(t *testing.T) {
	for _, test := range []struct {
		variables             []string
		options               []Option
		traces, metrics, logs string
	}{
		{nil, nil, "otlp", "otlp", "otlp"},
		{[]string{"OTEL_TRACES_EXPORTER", "console"}, nil, "console", "none", "none"},
		{nil, []Option{WithDevelopment(new(logtest.Buffer))}, "console", "none", "none"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"}, []Option{WithDevelopment(new(logtest.Buffer))}, "console", "otlp", "otlp"},
		{[]string{"OTEL_TRACES_EXPORTER", "otlp"}, []Option{WithDevelopment(new(logtest.Buffer))}, "otlp", "otlp", "otlp"},
		{[]string{"OTEL_TRACES_EXPORTER", "console", "OTEL_LOGS_EXPORTER", "console", "OTEL_METRICS_EXPORTER", "otlp"}, nil, "console", "otlp", "console"},
		{[]string{"OTEL_METRICS_EXPORTER", "none"}, nil, "otlp", "none", "otlp"},
	} {
		envtest.Clear(t)
		for i := 0; i < len(test.variables); i += 2 {
			t.Setenv(test.variables[i], test.variables[i+1])
		}
		s, err := resolveSettings(t, test.options...)
		if err != nil {
			t.Error(err)
		}
		if s.TracesExporters.String() != test.traces || s.MetricsExporters.String() != test.metrics || s.LogsExporters.String() != test.logs {
			t.Errorf("%v: got %s, %s and %s", test.variables, s.TracesExporters, s.MetricsExporters, s.LogsExporters)
		}
	}
}

func TestConsolePrintsMetricsAndLogs(t *testing.T) {
	output := new(logtest.Buffer)
	tel := setup(t, []string{"OTEL_METRICS_EXPORTER", "console", "OTEL_LOGS_EXPORTER", "console"}, WithDevelopment(output))
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	var record log.Record
	record.SetBody(attribute.StringValue("hello"))
	tel.LoggerProvider().Logger("test").Emit(t.Context(), record)
	eventually(t, "the record", func() bool { return strings.Contains(output.String(), "hello") })
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(output.String(), "things") {
		t.Errorf("the metric was not printed:\n%s", output)
	}
	if got := tel.Stats(); got.Logs != (LogStats{Ended: 1, Exported: 1}) || got.Metrics.Exported != 1 {
		t.Errorf("got %+v", got)
	}
}
