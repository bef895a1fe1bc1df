package core

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
	"github.com/samespan/samespan/internal/loopback"
)

// endSpans ends n spans.
func endSpans(t *testing.T, tel *Telemetry, n int) {
	t.Helper()
	tracer := tel.TracerProvider().Tracer("test")
	for i := range n {
		_, span := tracer.Start(t.Context(), fmt.Sprintf("span %d", i))
		span.End()
	}
}

func TestShutdownWithCanceledContextExportsAll(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	endSpans(t, tel, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tel.ForceFlush(ctx); err != nil {
		t.Error(err)
	}
	if got := len(r.spanCountsByName()); got != 1000 {
		t.Errorf("got %d spans after ForceFlush, want 1000", got)
	}
	endSpans(t, tel, 1)
	if err := tel.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if got := r.spanCountsByName()["span 0"]; got != 2 {
		t.Errorf("got the first span %d times, want twice", got)
	}
}

func TestConcurrentShutdownsReturnSameError(t *testing.T) {
	for _, test := range []struct {
		name     string
		wantLoss bool
	}{{"delivered", false}, {"lost", true}} {
		t.Run(test.name, func(t *testing.T) {
			address, limit := refusedAddress(t), 300*time.Millisecond
			if !test.wantLoss {
				address, limit = newReceiver(t, nil).address, 30*time.Second // enough on a busy machine
			}
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + address}, WithShutdownTimeout(limit))
			endSpans(t, tel, 700)
			var group sync.WaitGroup
			errs := make([]error, 8)
			for i := range errs {
				group.Go(func() {
					if i%2 == 0 {
						errs[i] = tel.Shutdown(t.Context())
					} else {
						errs[i] = tel.ForceFlush(t.Context())
					}
				})
			}
			group.Wait()
			for i, err := range errs {
				// A flush that ends before the shutdown begins may return another error,
				// which counts only the losses of the flush.
				if i%2 == 0 && fmt.Sprint(err) != fmt.Sprint(errs[0]) || err == nil == test.wantLoss {
					t.Errorf("got %v and %v, want the same", err, errs[0])
				}
			}
			stats := tel.Stats().Traces
			if lost := stats.Failed+stats.Dropped > 0; lost != test.wantLoss || stats.Ended != 700 || stats.Queued != 0 {
				t.Errorf("got %+v", stats)
			}
			if err := tel.ForceFlush(t.Context()); fmt.Sprint(err) != fmt.Sprint(errs[0]) {
				t.Errorf("ForceFlush after Shutdown: got %v, want %v", err, errs[0])
			}
		})
	}
}

// refusedAddress returns an address that refuses connections.
func refusedAddress(t *testing.T) string {
	t.Helper()
	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// TestShutdownCountsLosses proves that Shutdown counts what was lost if a collector
// refuses connections, or accepts them and never answers.
func TestShutdownCountsLosses(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		for _, kind := range []string{"refused", "black hole"} {
			t.Run(protocol+" "+kind, func(t *testing.T) {
				address := refusedAddress(t)
				if kind == "black hole" {
					address = blackHoleAddress(t)
				}
				logger, logged := logtest.New()
				tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol},
					WithShutdownTimeout(400*time.Millisecond), WithLogger(logger))
				endSpans(t, tel, 1300)
				var record log.Record
				record.SetBody(attribute.StringValue("hello"))
				tel.LoggerProvider().Logger("test").Emit(t.Context(), record)

				began := time.Now()
				err := tel.Shutdown(t.Context())
				if took := time.Since(began); took > 3*time.Second {
					t.Errorf("took %v", took)
				}
				for _, want := range []string{address, "core: shutdown: ", "traces: 1300 spans lost", "core: shutdown: logs: 1 log record lost"} {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("got %v, want %q in it", err, want)
					}
				}
				got := tel.Stats()
				if got.Traces.Ended != 1300 || got.Traces.Failed+got.Traces.Dropped != 1300 || got.Traces.Queued != 0 {
					t.Errorf("got %+v", got.Traces)
				}
				if got.Logs.Ended != 1 || got.Logs.Failed+got.Logs.Dropped != 1 {
					t.Errorf("got %+v", got.Logs)
				}
				if !strings.Contains(logged.String(), address) {
					t.Errorf("got %s, want the collector's address in it", logged)
				}
				if lines := strings.Count(logged.String(), "signal=traces"); lines == 0 || lines > 3 {
					t.Errorf("got %d lines about traces:\n%s", lines, logged)
				}
			})
		}
	}
}

// blackHoleAddress returns the address of a server that accepts connections and never
// answers.
func blackHoleAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var conns []net.Conn
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns = append(conns, conn)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
		for _, conn := range conns {
			_ = conn.Close()
		}
	})
	return listener.Addr().String()
}

func TestShutdownWaitsForTasks(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	release := make(chan struct{})
	for range 3 {
		tel.Go(t.Context(), "task", func(ctx context.Context) error {
			<-release
			// A task may call ForceFlush, even during the shutdown.
			return tel.ForceFlush(ctx)
		})
	}
	result := make(chan error, 1)
	go func() { result <- tel.Shutdown(t.Context()) }()
	close(release)
	if err := <-result; err != nil {
		t.Error(err)
	}
	if got := r.spanCountsByName()["task"]; got != 3 {
		t.Errorf("got %d spans, want 3", got)
	}
}

func TestShutdownNamesUnfinishedTasks(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithShutdownTimeout(time.Second))
	stop, stopped := make(chan struct{}), make(chan struct{})
	tel.Go(t.Context(), "deaf", func(context.Context) error { <-stop; close(stopped); return nil })
	tel.Go(t.Context(), "polite", func(ctx context.Context) error { <-ctx.Done(); return nil })
	err := tel.Shutdown(t.Context())
	if err == nil || !strings.Contains(err.Error(), "1 background task still running (deaf)") {
		t.Errorf("got %v, want that it names the task", err)
	}
	if r.span("polite") == nil {
		t.Error("the task that stopped when told to has no span")
	}
	close(stop)
	<-stopped

	taskDone := make(chan struct{})
	tel.Go(t.Context(), "late", func(ctx context.Context) error { close(taskDone); return ctx.Err() })
	<-taskDone
	eventually(t, "the last tasks have ended", func() bool { return tel.tasks.Wait(t.Context()) })
}

func TestFullQueueDropsItems(t *testing.T) {
	r := newReceiver(t, nil)
	release := r.holdExports()
	defer release()
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
		WithMaxQueueSize(100), WithMaxExportBatchSize(10), WithLogger(logger))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { endSpans(t, tel, 500) })
	}
	logs := tel.LoggerProvider().Logger("test")
	for range 300 {
		var record log.Record
		logs.Emit(t.Context(), record)
	}
	group.Wait()
	stats := tel.Stats()
	if stats.Traces.Ended != 2000 || stats.Traces.Queued > 110 || stats.Traces.Dropped < 1890 {
		t.Errorf("got %+v, want at most a queue and a batch kept of 2000", stats.Traces)
	}
	if stats.Logs.Ended != 300 || stats.Logs.Queued > 110 || stats.Logs.Dropped < 190 {
		t.Errorf("got %+v, want at most a queue and a batch kept of 300", stats.Logs)
	}
	release()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	stats = tel.Stats()
	for name, s := range map[string]SpanStats{"traces": stats.Traces, "logs": SpanStats(stats.Logs)} {
		if s.Queued != 0 || s.Failed != 0 || s.Exported+s.Dropped != s.Ended {
			t.Errorf("%s: got %+v, want everything accounted for", name, s)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if uint64(len(r.spans)) != stats.Traces.Exported || uint64(len(r.records)) != stats.Logs.Exported {
		t.Errorf("got %d spans and %d records, want what %+v says", len(r.spans), len(r.records), stats)
	}
	if lines := strings.Count(logged.String(), "the queue is full"); lines > 4 {
		t.Errorf("got %d lines in the log, want two for each signal at most:\n%s", lines, logged)
	}
}

// TestFlushTimeoutLosesNothing proves that a flush that exceeds its time limit loses
// nothing. The export in progress continues, and its spans no longer count toward the
// queue limit.
func TestFlushTimeoutLosesNothing(t *testing.T) {
	r := newReceiver(t, nil)
	release := r.holdExports()
	defer release()
	logger, _ := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
		WithMaxQueueSize(20), WithMaxExportBatchSize(10), WithLogger(logger))
	flush := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := tel.ForceFlush(ctx); err == nil {
			t.Error("got no error of a flush that cannot be done")
		}
	}
	endSpans(t, tel, 5)
	flush()
	for range 3 * pipeline.Slack {
		flush()
	}
	eventually(t, "the spans are under way", func() bool { return tel.providers.Traces.Queue.Waiting.Load() == 0 })
	endSpans(t, tel, 30)
	before := tel.Stats().Traces
	release()
	eventually(t, "what was kept is exported", func() bool {
		_ = tel.ForceFlush(t.Context())
		return tel.Stats().Traces.Queued == 0
	})
	s := tel.Stats().Traces
	if s.Failed != 0 || s.Dropped != 10 || before.Dropped != 10 || s.Exported != 25 {
		t.Errorf("got %+v, then %+v, want only the 10 dropped that the queue had no room for", before, s)
	}
	// A flush sends a batch again if its export takes long, as it may on a slow machine.
	if got := r.spanCount(); got < s.Exported {
		t.Errorf("got %d spans, want at least %d", got, s.Exported)
	}
}

// TestShutdownReturnsIfMetricCallbackBlocks proves that Shutdown returns within its
// limit if a metric callback blocks. The SDK itself waits for the callback without a
// limit.
func TestShutdownReturnsIfMetricCallbackBlocks(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_METRIC_EXPORT_INTERVAL", "10"},
		WithShutdownTimeout(2*time.Second))
	callbackStarted, release := make(chan struct{}), make(chan struct{})
	enter := sync.OnceFunc(func() { close(callbackStarted) })
	_, err := tel.MeterProvider().Meter("test").Int64ObservableGauge("blocked",
		metric.WithInt64Callback(func(context.Context, metric.Int64Observer) error {
			enter()
			<-release
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	<-callbackStarted
	endSpans(t, tel, 1)
	result := make(chan error, 1)
	go func() { result <- tel.Shutdown(t.Context()) }()
	select {
	case err := <-result:
		if err == nil || !strings.Contains(err.Error(), "core: shutdown: metrics: the shutdown did not finish within 2s") {
			t.Errorf("got %v, want that the metrics were not done", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("Shutdown has not returned")
	}
	close(release)
	if got := r.spanCount(); got != 1 {
		t.Errorf("got %d spans, want 1", got)
	}
}

// listenAgain listens on an address that was free before. It retries, since the
// system may briefly have given the port to an outgoing connection.
func listenAgain(t *testing.T, address string) net.Listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		listener, err := net.Listen("tcp", address)
		if err == nil {
			return listener
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(err)
		}
	}
}

func TestExportResumesOnceCollectorListens(t *testing.T) {
	address := refusedAddress(t)
	logger, _ := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + address, "OTEL_BSP_EXPORT_TIMEOUT", "50", "OTEL_METRIC_EXPORT_TIMEOUT", "50"},
		WithShutdownTimeout(8*time.Second), WithLogger(logger))
	endSpans(t, tel, 3)
	if err := tel.ForceFlush(t.Context()); err == nil || !strings.Contains(err.Error(), "traces: 3 spans lost") {
		t.Errorf("got %v, want that 3 spans are lost", err)
	}
	r := newReceiverOn(t, nil, listenAgain(t, address))
	eventually(t, "spans arrive again", func() bool {
		endSpans(t, tel, 1)
		_ = tel.ForceFlush(t.Context())
		return len(r.spanCountsByName()) > 0
	})
}

func TestSpansEndedAfterShutdownAreCounted(t *testing.T) {
	r := newReceiver(t, nil)
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithLogger(logger))
	tracer := tel.TracerProvider().Tracer("test")
	_, span := tracer.Start(t.Context(), "too late")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	span.End()
	endSpans(t, tel, 1)
	emitRecords(t, tel, 3)
	if got := tel.Stats(); got.Traces != (SpanStats{Ended: 2, Dropped: 2}) || got.Logs != (LogStats{Ended: 3, Dropped: 3}) {
		t.Errorf("got %+v, want that what came too late is counted", got)
	}
	if !logged.Line("it was recorded after the shutdown", "signal=traces") || !logged.Line("it was recorded after the shutdown", "signal=logs") {
		t.Errorf("got %q, want that the log tells of it", logged)
	}
}
