package probe

import "testing"

func TestMentionsNumberOnlyInTelemetryLines(t *testing.T) {
	for _, output := range []string{
		"WARN telemetry was lost spans=274",
		`{"level":"warn","msg":"telemetry was lost","spans":274}`,
		"274 spans were dropped",
		"spans lost: 274.",
		"dropped 274, queue full",
	} {
		if !mentionsNumber(output, 274) {
			t.Errorf("got no number in %q", output)
		}
	}
	for _, output := range []string{
		"", "274", `127.0.0.1 "GET /process/274 HTTP/1.1" 200 274`,
		"export failed\n    at send (/srv/exporter.js:274:13)",
		"export failed at 10:20:30.274", "1274 spans were dropped", "export to 127.0.0.1:274 failed", "lost 2.274 s",
	} {
		if mentionsNumber(output, 274) {
			t.Errorf("got the number in %q", output)
		}
	}
}

// TestCorrelationFieldsAreNotAboutTelemetry checks that the fields in which log libraries write
// the trace and the span of an entry do not make the entry a line about telemetry. Otherwise
// each line of an access log would be one.
func TestCorrelationFieldsAreNotAboutTelemetry(t *testing.T) {
	for _, output := range []string{
		`time=10:20:30 level=INFO msg="GET /process/1" bytes=274 trace_id=0af7 span_id=b7ad trace_flags=01`,
		`INFO [uvicorn.access] [trace_id=0af7 span_id=b7ad resource.service.name=orders trace_sampled=True] - GET /process/1 274`,
		`{"message":"GET /process/1","otelTraceID":"0af7","otelSpanID":"b7ad","otelTraceSampled":true,"otelServiceName":"orders","bytes":274}`,
		`{"@timestamp":"now","message":"GET /process/1","trace.id":"0af7","span.id":"b7ad","bytes":274}`,
		`{"Message":"GET /process/1","TraceId":"0af7","SpanId":"b7ad","Bytes":274}`,
	} {
		if lines := linesOfTelemetry(output); len(lines) > 0 || mentionsNumber(output, 274) {
			t.Errorf("got lines about telemetry, or a number in one: %q", lines)
		}
	}
	for _, lost := range []string{
		"WARN 274 spans were dropped trace_id=0af7 span_id=b7ad",
		"OTelTraceExporter: 274 failed",
	} {
		if lines := linesOfTelemetry(lost); len(lines) != 1 || lines[0] != lost || !mentionsNumber(lost, 274) {
			t.Errorf("got the lines %q of %q, want that line with its number", lines, lost)
		}
	}
}
