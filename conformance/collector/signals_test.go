package collector

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/samespan/samespan/core"
)

// TestAllSignalsArriveOverEveryTransport checks that traces, metrics and logs arrive in
// the Collector over every transport.
func TestAllSignalsArriveOverEveryTransport(t *testing.T) {
	for _, tr := range allTransports(t) {
		t.Run(tr.name, func(t *testing.T) {
			c := startCollector(t, tr, unlimitedMemory)
			s := startEmitter(t, c)
			s.sendEmitRequests(t)
			stopAndCheck(t, s, c)
			checkEmitted(t, c.sink.snapshot(), 1)
			tr.checkCompression(t, c)
		})
	}
}

// stopAndCheck stops the emitter and then the Collector, and checks that the emitter
// lost nothing and that everything it exported was received.
func stopAndCheck(t *testing.T, s *service, c *collector) {
	t.Helper()
	if err := s.stop(t); err != nil {
		t.Errorf("the emitter ended with %v", err)
	}
	c.stop(t)
	stats, got := s.lastStats(t), c.sink.snapshot()
	if want := (core.SpanStats{Ended: stats.Traces.Ended, Exported: uint64(len(got.spans))}); stats.Traces != want {
		t.Errorf("got %+v of the emitter's spans, want %+v", stats.Traces, want)
	}
	if want := (core.LogStats{Ended: stats.Logs.Ended, Exported: uint64(len(got.records))}); stats.Logs != want {
		t.Errorf("got %+v of the emitter's records, want %+v", stats.Logs, want)
	}
	if stats.Traces.Ended != stats.Traces.Exported || stats.Logs.Ended != stats.Logs.Exported {
		t.Errorf("got %+v, want all that ended exported", stats)
	}
	if stats.Metrics.Exported != uint64(got.metricExports) || got.metricExports == 0 {
		t.Errorf("got %d exports of metrics, want the %d of the emitter", got.metricExports, stats.Metrics.Exported)
	}
}

// checkEmitted checks that the telemetry of the given number of bursts was received. Each
// unit must have one span in the trace of its request, a log record in that span, and its
// part of the metrics.
func checkEmitted(t *testing.T, got receivedTelemetry, bursts int) {
	t.Helper()
	servers := make(map[pcommon.SpanID]pcommon.TraceID)
	for _, s := range got.spansByName("POST /emit/{units}") {
		if s.kind != ptrace.SpanKindServer {
			t.Errorf("got the kind %s, want Server", s.kind)
		}
		servers[s.id] = s.trace
	}
	inside := make(map[pcommon.SpanID]pcommon.TraceID)
	for _, s := range got.spansByName("unit") {
		if trace, ok := servers[s.parent]; ok && trace == s.trace {
			inside[s.id] = s.trace
		}
	}
	logged := make(map[pcommon.SpanID]bool)
	for _, r := range got.records {
		if trace, ok := inside[r.span]; ok && trace == r.trace {
			logged[r.span] = true
		}
	}
	requests := bursts * emitterRequests
	all := requests * unitsPerRequest
	for _, count := range []struct {
		what      string
		got, want int
	}{
		{"requests' spans", len(servers), requests},
		{"units' spans, each below a request's", len(inside), all},
		{"spans", len(got.spans), requests + all},
		{"units' spans with a record", len(logged), all},
		{"records", len(got.records), all},
		{"emitter.units", int(got.total("emitter.units", "", "")), all},
		{"requests measured", int(got.total("http.server.request.duration", "", "")), requests},
		{"requests measured by route", int(got.total("http.server.request.duration", "http.route", "/emit/{units}")), requests},
	} {
		if count.got != count.want {
			t.Errorf("got %d %s, want %d", count.got, count.what, count.want)
		}
	}
	if len(got.services) != 1 || !got.services["emitter"] {
		t.Errorf("got the services %v, want emitter", got.services)
	}
}
