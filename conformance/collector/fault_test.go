package collector

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/internal/backendtest"
	"github.com/samespan/samespan/core"
)

// TestNothingIsLostWhileCollectorRefuses checks that no telemetry is lost if the Collector
// refuses exports for a while. The test makes the Collector run short of memory, so that
// its memory limiter refuses data, and then frees the memory.
func TestNothingIsLostWhileCollectorRefuses(t *testing.T) {
	for _, tr := range plainTransports() {
		t.Run(tr.name, func(t *testing.T) {
			const mebibyte = 1 << 20
			runtime.GC()
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			c := startCollector(t, tr, memoryLimits{limit: now.Alloc/mebibyte + 192, spike: 96})
			s := startEmitter(t, c)
			s.sendEmitRequests(t)
			backendtest.Eventually(t, "what came before the refusal arrives", func() bool {
				return len(c.sink.snapshot().spansByName("unit")) == emitterRequests*unitsPerRequest
			})

			ballast := make([]byte, 192*mebibyte)
			backendtest.Eventually(t, "the memory limiter refuses", func() bool {
				return c.logs.FilterMessageSnippet("Refusing data").Len() > 0
			})
			s.sendEmitRequests(t)
			for _, counter := range []string{"spans", "log_records", "metric_points"} {
				backendtest.Eventually(t, "the Collector has refused "+counter, func() bool {
					return c.counterValue(t, "otelcol_receiver_refused_"+counter) > 0
				})
			}
			if got := len(c.sink.snapshot().spansByName("unit")); got != emitterRequests*unitsPerRequest {
				t.Errorf("got %d units while the Collector refuses, want the %d from before", got, emitterRequests*unitsPerRequest)
			}
			runtime.KeepAlive(ballast) // keeps the ballast allocated

			backendtest.Eventually(t, "what was refused arrives", func() bool {
				return len(c.sink.snapshot().spansByName("unit")) == 2*emitterRequests*unitsPerRequest
			})
			s.sendEmitRequests(t)
			stopAndCheck(t, s, c)
			checkEmitted(t, c.sink.snapshot(), 3)
		})
	}
}

// TestNothingIsLostWhenCollectorRestarts checks that no telemetry is lost if the Collector
// restarts at the same address while the emitter serves requests. The test runs without
// and with TLS. With TLS, OTLP/HTTP uses HTTP/2, whose connections end differently.
func TestNothingIsLostWhenCollectorRestarts(t *testing.T) {
	for _, tr := range allTransports(t) {
		t.Run(tr.name, func(t *testing.T) {
			c := startCollector(t, tr, unlimitedMemory)
			// On a busy machine, connecting to the new Collector may take longer than the 5 s of
			// the default.
			s := startEmitter(t, c, "OTEL_GO_SHUTDOWN_TIMEOUT=20000", "OTEL_GO_GRACE_PERIOD=50000")
			s.sendEmitRequests(t)
			meanwhile := make(chan struct{})
			go func() {
				defer close(meanwhile)
				s.sendEmitRequests(t)
			}()
			defer func() { <-meanwhile }()
			c.stop(t)
			s.sendEmitRequests(t) // while the Collector is stopped
			<-meanwhile
			if stats := s.stats(t); stats.Traces.Queued == 0 {
				t.Errorf("got %+v without a collector, want some queued", stats)
			}
			c.start(t)
			s.sendEmitRequests(t)
			stopAndCheck(t, s, c)
			checkEmitted(t, c.sink.snapshot(), 4)
		})
	}
}

// TestRejectedTelemetryIsCountedAndLogged checks that telemetry is counted as failed, and
// the failure logged, if the Collector rejects the token of the emitter.
func TestRejectedTelemetryIsCountedAndLogged(t *testing.T) {
	for _, tr := range plainTransports() {
		t.Run(tr.name, func(t *testing.T) {
			tr.authenticated = true
			c := startCollector(t, tr, unlimitedMemory)
			s := startEmitter(t, c, "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20wrong")
			s.sendEmitRequests(t)
			if err := s.stop(t); err == nil {
				t.Error("the emitter ended well, want an error that counts what was lost")
			}
			c.stop(t)
			if got := c.sink.snapshot(); len(got.spans)+len(got.records)+got.metricExports > 0 {
				t.Errorf("got %d spans, %d records, %d exports of metrics; want none", len(got.spans), len(got.records), got.metricExports)
			}
			const spans, records = emitterRequests * (1 + unitsPerRequest), emitterRequests * unitsPerRequest
			stats := s.lastStats(t)
			if want := (core.SpanStats{Ended: spans, Failed: spans}); stats.Traces != want {
				t.Errorf("got %+v of the spans, want %+v", stats.Traces, want)
			}
			if want := (core.LogStats{Ended: records, Failed: records}); stats.Logs != want {
				t.Errorf("got %+v of the records, want %+v", stats.Logs, want)
			}
			if stats.Metrics.Exported > 0 || stats.Metrics.Failed == 0 {
				t.Errorf("got %+v of the metrics, want all failed", stats.Metrics)
			}
			for _, want := range []string{c.address, "signal=traces", "signal=metrics", "signal=logs"} {
				if !strings.Contains(s.process.Output(), want) {
					t.Errorf("the emitter does not print %q", want)
				}
			}
		})
	}
}

// TestInvalidUTF8LosesNothing checks that no telemetry is lost if a span, a log record
// and a metric contain invalid UTF-8: only the invalid strings are changed.
func TestInvalidUTF8LosesNothing(t *testing.T) {
	for _, tr := range plainTransports() {
		t.Run(tr.name, func(t *testing.T) {
			c := startCollector(t, tr, unlimitedMemory)
			s := startEmitter(t, c)
			s.burst(t, emitterRequests, func(i int) request {
				path := fmt.Sprintf("/emit/%d", unitsPerRequest)
				if i == emitterRequests/2 {
					path += "?broken"
				}
				return request{method: http.MethodPost, path: path, wantStatus: http.StatusOK}
			})
			stopAndCheck(t, s, c)
			got := c.sink.snapshot()
			checkEmitted(t, got, 1)

			spans, records := 0, 0
			for _, unit := range got.spansByName("unit") {
				if unit.attributes["unit.origin"] == sanitizedText {
					spans++
				}
			}
			for _, r := range got.records {
				if r.body == sanitizedText {
					records++
				}
			}
			if points := got.total("emitter.units", "unit.origin", sanitizedText); spans != 1 || records != 1 || points != 1 {
				t.Errorf("got %q in %d spans, %d records and %d of emitter.units, want one each", sanitizedText, spans, records, points)
			}
		})
	}
}
