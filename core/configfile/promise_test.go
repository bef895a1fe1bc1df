package configfile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// batchFile returns a file for traces and logs with the given batch settings.
func batchFile(settings ...string) string {
	return fmt.Sprintf(`
file_format: "1.0"
propagator: {composite_list: tracecontext}
tracer_provider:
  processors:
    - batch:
        %[1]s
        exporter: {otlp_grpc: &collector {endpoint: "${COLLECTOR}"}}
logger_provider:
  processors:
    - batch:
        %[1]s
        exporter: {otlp_grpc: *collector}
`, strings.Join(settings, "\n        "))
}

// emitItems ends n spans and emits as many log records.
func emitItems(tel *core.Telemetry, n int, attributes ...attribute.KeyValue) {
	for range n {
		ctx, span := tel.TracerProvider().Tracer("test").Start(context.Background(), "work")
		span.SetAttributes(attributes...)
		var record log.Record
		record.AddAttributes(attributes...)
		tel.LoggerProvider().Logger("test").Emit(ctx, record)
		span.End()
	}
}

// TestInvalidTextIsSanitized proves that invalid UTF-8 in one item does not affect other
// items if a configuration file sets up the export.
func TestInvalidTextIsSanitized(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	tel, _ := setup(t, writeFile(t, batchFile("schedule_delay: 100")))
	emitItems(tel, 1, attribute.String("a", "b\xff"))
	emitItems(tel, 1)
	mustShutdown(t, tel)
	spans, logs := collector.Spans(), collector.Logs()
	if len(spans) != 2 || len(logs) != 2 || spans[0].Attr("a") != "b\uFFFD" || logs[0].Attributes["a"] != "b\uFFFD" {
		t.Errorf("got %v and %v, want two of each and b\uFFFD", spans, logs)
	}
}

// TestEveryLossIsCounted proves that every item is counted if the collector never
// responds. Items that do not fit into the queue are dropped, the shutdown ends in time,
// and the remaining items are counted as lost.
func TestEveryLossIsCounted(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	collector.SetResponse(otlptest.BlackHole)
	t.Setenv("COLLECTOR", collector.Endpoint())
	t.Setenv("OTEL_GO_SHUTDOWN_TIMEOUT", "200")
	tel, _ := setup(t, writeFile(t, batchFile("max_queue_size: 4", "max_export_batch_size: 2", "schedule_delay: 60000")))
	const n = 100
	emitItems(tel, n)
	got := tel.Stats()
	// At most 8 spans are not dropped: those in the queue and in the batch in progress.
	if s := got.Traces; s.Ended != n || s.Dropped < n-8 || s.Dropped+s.Queued != n {
		t.Errorf("traces: got %+v", s)
	}
	if s := got.Logs; s.Ended != n || s.Dropped < n-8 || s.Dropped+s.Queued != n {
		t.Errorf("logs: got %+v", s)
	}
	err := tel.Shutdown(t.Context())
	if err == nil || !strings.Contains(err.Error(), "traces: 100 spans lost") && !strings.Contains(err.Error(), "100 since the start") {
		t.Errorf("got error %v, want one that counts what was lost", err)
	}
	got = tel.Stats()
	if s := got.Traces; s.Ended != n || s.Failed+s.Dropped != n {
		t.Errorf("traces: got %+v", s)
	}
	if s := got.Logs; s.Ended != n || s.Failed+s.Dropped != n {
		t.Errorf("logs: got %+v", s)
	}
}

// TestFileSetsBatchSize proves that batches have the size that the file sets.
func TestFileSetsBatchSize(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	tel, _ := setup(t, writeFile(t, batchFile("max_export_batch_size: 3", "schedule_delay: 60000")))
	emitItems(tel, 7)
	mustShutdown(t, tel)
	sizes := map[otlptest.Signal][]int{}
	for _, request := range collector.Requests() {
		switch message := request.Message.(type) {
		case *coltrace.ExportTraceServiceRequest:
			sizes[request.Signal] = append(sizes[request.Signal], len(message.ResourceSpans[0].ScopeSpans[0].Spans))
		case *collogs.ExportLogsServiceRequest:
			sizes[request.Signal] = append(sizes[request.Signal], len(message.ResourceLogs[0].ScopeLogs[0].LogRecords))
		}
	}
	for _, signal := range []otlptest.Signal{otlptest.Traces, otlptest.Logs} {
		if got := fmt.Sprint(sizes[signal]); got != "[3 3 1]" {
			t.Errorf("%s: got batches of %s, want 3, 3 and 1", signal, got)
		}
	}
}

// TestFileSetsZeroDelay proves that a file can set a delay of 0.
func TestFileSetsZeroDelay(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	tel, _ := setup(t, writeFile(t, batchFile("schedule_delay: 0")))
	emitItems(tel, 2)
	deadline := time.After(10 * time.Second)
	for s := tel.Stats(); s.Traces.Exported < 2 || s.Logs.Exported < 2; s = tel.Stats() {
		select {
		case <-deadline:
			t.Fatalf("got %+v, want two spans and two records exported without a flush", s)
		case <-time.After(time.Millisecond):
		}
	}
	mustShutdown(t, tel)
}

// TestDisabledFileKeepsPropagation proves that a file can turn everything off except the
// propagation of the caller's context.
func TestDisabledFileKeepsPropagation(t *testing.T) {
	clearEnvironment(t)
	collector := otlptest.Start(t)
	t.Setenv("COLLECTOR", collector.Endpoint())
	tel, _ := setup(t, writeFile(t, "disabled: true"+batchFile("schedule_delay: 1")))
	emitItems(tel, 3)
	mustShutdown(t, tel)
	if got := tel.Stats(); got != (core.Stats{}) || len(collector.Requests()) != 0 {
		t.Errorf("got %+v and %v, want nothing", got, collector.Snapshot())
	}
	if fields := tel.Propagator().Fields(); len(fields) == 0 {
		t.Error("got no propagator, want the file's")
	}
}
