package demo

import (
	"bytes"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
)

// clearDemoVariables sets to "" the environment variables that the demo changes. It restores
// them at the end of the test.
func clearDemoVariables(t *testing.T) {
	t.Helper()
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_INSECURE", "OTEL_SERVICE_NAME"} {
		t.Setenv(name, "")
	}
}

// TestDemo checks that the demo prints the traces and logs of all services, and forwards the
// telemetry to the collector that the user has configured.
func TestDemo(t *testing.T) {
	clearDemoVariables(t)
	userCollector := otlptest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", userCollector.Endpoint())
	t.Setenv("OTEL_SERVICE_NAME", "would-hide-the-services")
	var out bytes.Buffer
	if err := Run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, s := range subject.Chain {
		for _, want := range []string{s.Framework, s.Name, "GET " + s.Process} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the demo does not show %q:\n%s", want, out.String())
			}
		}
	}
	for _, want := range []string{
		"all traces are complete", "excluded", "GET /healthz", "linked to", "ERROR",
		"log records of item " + itemIDs[0], "msg=processing service=" + subject.Chain[3].Name, "8 log records",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not show %q:\n%s", want, out.String())
		}
	}
	if len(userCollector.Spans()) == 0 {
		t.Error("the user's own collector received nothing")
	}
}

// TestCheckDemoSpansFindsEachDefect proves that checkDemoSpans finds each defect of a
// trace.
func TestCheckDemoSpansFindsEachDefect(t *testing.T) {
	tests := []struct {
		name  string
		spoil func([]otlptest.Span) []otlptest.Span
		want  string
	}{
		{"a lost span", func(s []otlptest.Span) []otlptest.Span { return append(s[:3:3], s[4:]...) }, "incomplete"},
		{"a lost leaf", func(s []otlptest.Span) []otlptest.Span { return s[:len(s)-1] }, "wrong spans"},
		{"two roots", func(s []otlptest.Span) []otlptest.Span { s[4].Proto.ParentSpanId = nil; return s }, "root spans"},
		{"a wrong name", func(s []otlptest.Span) []otlptest.Span { s[3].Proto.Name = "GET"; return s }, "wrong spans"},
		{"a wrong kind", func(s []otlptest.Span) []otlptest.Span {
			s[3].Proto.Kind = tracepb.Span_SPAN_KIND_INTERNAL
			return s
		}, "wrong spans"},
		{"nothing", func([]otlptest.Span) []otlptest.Span { return nil }, "no trace received"},
		{"an excluded request", func(s []otlptest.Span) []otlptest.Span {
			s[0].Attributes["url.path"] = "/healthz"
			return s
		}, "excluded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, problem := range checkDemoSpans(test.spoil(completeTrace())) {
				if strings.Contains(problem.Error(), test.want) {
					return
				}
			}
			t.Errorf("got %v, want a problem that says %q", checkDemoSpans(test.spoil(completeTrace())), test.want)
		})
	}
	for _, problem := range checkDemoSpans(completeTrace()) {
		if strings.Contains(problem.Error(), "incomplete") || strings.Contains(problem.Error(), "wrong spans") {
			t.Errorf("a whole trace has the problem %v", problem)
		}
	}
}

// completeTrace returns a correct trace of the first item through the chain.
func completeTrace() []otlptest.Span {
	var spans []otlptest.Span
	add := func(service, name string, kind tracepb.Span_SpanKind) {
		id := byte(len(spans) + 1)
		span := &tracepb.Span{TraceId: []byte{1}, SpanId: []byte{id}, Name: name, Kind: kind}
		if id > 1 {
			span.ParentSpanId = []byte{id - 1}
		}
		spans = append(spans, otlptest.Span{
			Origin:     otlptest.Origin{Resource: otlptest.Attributes{"service.name": service}},
			Proto:      span,
			Attributes: otlptest.Attributes{"url.path": "/process/" + itemIDs[0]},
		})
	}
	for i, s := range subject.Chain {
		add(s.Name, "GET "+s.Process, tracepb.Span_SPAN_KIND_SERVER)
		add(s.Name, "process_item_logic", tracepb.Span_SPAN_KIND_INTERNAL)
		if i < len(subject.Chain)-1 {
			add(s.Name, "HTTP GET", tracepb.Span_SPAN_KIND_CLIENT)
		}
	}
	return spans
}
