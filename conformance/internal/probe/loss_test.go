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
