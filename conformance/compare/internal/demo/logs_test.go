package demo

import (
	"fmt"
	"strings"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"

	"github.com/samespan/samespan/conformance/otlptest"
)

// itemSpansAndLogs returns the span process_item_logic of each item in each service, with its
// log record and its printed line.
func itemSpansAndLogs() (spans []otlptest.Span, records []otlptest.LogRecord, printed string) {
	for i, item := range itemIDs {
		for _, s := range completeTrace() {
			if s.Name() != "process_item_logic" {
				continue
			}
			s.Proto.TraceId = []byte{byte(i + 1)}
			s.Proto.SpanId = append(s.Proto.SpanId, byte(i))
			s.Attributes = otlptest.Attributes{"item.id": item}
			spans = append(spans, s)
			records = append(records, otlptest.LogRecord{
				Origin: s.Origin,
				Proto: &logspb.LogRecord{
					TraceId: s.Proto.TraceId, SpanId: s.Proto.SpanId,
					Body: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: "processing"}},
				},
				Attributes: otlptest.Attributes{"item.id": item},
			})
			printed += fmt.Sprintf("level=INFO msg=processing service=%s item.id=%s trace_id=%s span_id=%s trace_flags=01\n",
				s.Service(), item, s.TraceID(), s.SpanID())
		}
	}
	return spans, records, printed
}

// TestCheckLogsFindsEachDefect proves that checkLogs finds each defect of logs.
func TestCheckLogsFindsEachDefect(t *testing.T) {
	if problems := checkLogs(itemSpansAndLogs()); len(problems) != 0 {
		t.Fatalf("whole logs have problems: %v", problems)
	}
	for name, test := range map[string]struct {
		spoil func(records []otlptest.LogRecord, printed string) ([]otlptest.LogRecord, string)
		want  string
	}{
		"a lost record": {func(r []otlptest.LogRecord, p string) ([]otlptest.LogRecord, string) { return r[1:], p }, "was not received"},
		"a record too many": {func(r []otlptest.LogRecord, p string) ([]otlptest.LogRecord, string) {
			return append(r, otlptest.LogRecord{Proto: &logspb.LogRecord{}}), p
		}, "want the ids of a span"},
		"another trace": {func(r []otlptest.LogRecord, p string) ([]otlptest.LogRecord, string) {
			r[0].Proto.TraceId = []byte{9}
			return r, p
		}, "want the ids of a span"},
		"another service": {func(r []otlptest.LogRecord, p string) ([]otlptest.LogRecord, string) {
			r[0].Origin = r[1].Origin
			return r, p
		}, "want the ids of a span"},
		"nothing printed": {func(r []otlptest.LogRecord, _ string) ([]otlptest.LogRecord, string) { return r, "" }, "printed no log line"},
		"no ids printed": {func(r []otlptest.LogRecord, p string) ([]otlptest.LogRecord, string) {
			return r, strings.ReplaceAll(p, " trace_id=", " id=")
		}, "printed no log line"},
	} {
		t.Run(name, func(t *testing.T) {
			spans, records, printed := itemSpansAndLogs()
			records, printed = test.spoil(records, printed)
			problems := checkLogs(spans, records, printed)
			for _, problem := range problems {
				if strings.Contains(problem.Error(), test.want) {
					return
				}
			}
			t.Errorf("got %v, want a problem that says %q", problems, test.want)
		})
	}
}
