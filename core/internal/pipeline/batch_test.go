package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/internal/settings"
)

// recordingExporter is an exporter that records the names of the spans of each batch.
type recordingExporter struct {
	mu sync.Mutex
	// batches has the names of the spans of each batch.
	batches [][]string
	// closed is set when the exporter is shut down.
	closed bool
	// unblockExport, if not nil, makes each export wait until the test sends a value or
	// closes the channel.
	unblockExport chan struct{}
	// exportStarted receives the context of each export when it begins.
	exportStarted chan context.Context
}

func newRecordingExporter() *recordingExporter {
	return &recordingExporter{exportStarted: make(chan context.Context, 100)}
}

func (e *recordingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	var names []string
	for _, span := range spans {
		names = append(names, span.Name())
	}
	e.mu.Lock()
	e.batches = append(e.batches, names)
	e.mu.Unlock()
	select {
	case e.exportStarted <- ctx:
	default:
	}
	if e.unblockExport == nil {
		return nil
	}
	select {
	case <-e.unblockExport:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (e *recordingExporter) Shutdown(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

// exported returns the names of the spans of each batch exported so far.
func (e *recordingExporter) exported() [][]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.batches)
}

// newEndedSpans returns one span for each number from start to end-1. The number is the
// name of the span.
func newEndedSpans(start, end int) []sdktrace.ReadOnlySpan {
	var spans tracetest.SpanStubs
	for i := start; i < end; i++ {
		spans = append(spans, tracetest.SpanStub{Name: strconv.Itoa(i)})
	}
	return spans.Snapshots()
}

// endSpans passes spans to OnEnd of b.
func endSpans(b *spanBatchProcessor, spans []sdktrace.ReadOnlySpan) {
	for _, span := range spans {
		b.OnEnd(span)
	}
}

// startBatches returns a running batch processor, and shuts it down at the end of the
// test.
func startBatches(t *testing.T, exporter *recordingExporter, config settings.BatchConfig) *spanBatchProcessor {
	t.Helper()
	b := newSpanBatchProcessor(exporter, config)
	t.Cleanup(func() {
		if err := b.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

// batchSizes returns the number of spans in each batch.
func batchSizes(batches [][]string) (sizes []int) {
	for _, batch := range batches {
		sizes = append(sizes, len(batch))
	}
	return sizes
}

// receiveWithin returns the next value of ch. It fails the test if there is none in 10 s.
func receiveWithin[T any](t *testing.T, ch <-chan T) (received T) {
	t.Helper()
	select {
	case received = <-ch:
	case <-time.After(10 * time.Second):
		t.Fatal("got nothing in 10 s")
	}
	return received
}

// TestFullBatchIsExportedAtOnce proves that a batch is exported as soon as it is full,
// and not earlier.
func TestFullBatchIsExportedAtOnce(t *testing.T) {
	exporter := newRecordingExporter()
	b := startBatches(t, exporter, settings.BatchConfig{BatchSize: 4, Delay: time.Hour})
	spans := newEndedSpans(0, 10)
	endSpans(b, spans[:3])
	select {
	case <-exporter.exportStarted:
		t.Error("a batch that is not full was exported")
	default:
	}
	endSpans(b, spans[3:])
	receiveWithin(t, exporter.exportStarted)
	receiveWithin(t, exporter.exportStarted)
	if err := b.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if got := batchSizes(exporter.exported()); !slices.Equal(got, []int{4, 4, 2}) {
		t.Errorf("got batches of %v, want 4, 4 and, by the flush, 2", got)
	}
	if got, want := slices.Concat(exporter.exported()...), []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestIncompleteBatchIsExportedAfterDelay proves that an incomplete batch is exported
// after the delay.
func TestIncompleteBatchIsExportedAfterDelay(t *testing.T) {
	exporter := newRecordingExporter()
	b := startBatches(t, exporter, settings.BatchConfig{BatchSize: 100, Delay: 20 * time.Millisecond})
	endSpans(b, newEndedSpans(0, 3))
	receiveWithin(t, exporter.exportStarted)
	endSpans(b, newEndedSpans(3, 5))
	receiveWithin(t, exporter.exportStarted)
	if got := slices.Concat(exporter.exported()...); len(got) != 5 {
		t.Errorf("got %v, want five spans", got)
	}
}

// TestFlushWaitsForExportInProgress proves that a flush waits for the export in progress,
// and exports the queued items in batches of the usual size.
func TestFlushWaitsForExportInProgress(t *testing.T) {
	exporter := newRecordingExporter()
	exporter.unblockExport = make(chan struct{})
	b := startBatches(t, exporter, settings.BatchConfig{BatchSize: 2, Delay: time.Hour})
	endSpans(b, newEndedSpans(0, 2))
	receiveWithin(t, exporter.exportStarted)
	endSpans(b, newEndedSpans(2, 5))

	canceled, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("no time")
	cancel(reason)
	if err := b.ForceFlush(canceled); !errors.Is(err, reason) {
		t.Errorf("got %v of a flush without time, want %v", err, reason)
	}
	flushed := make(chan error, 1)
	go func() { flushed <- b.ForceFlush(t.Context()) }()
	for range 3 {
		select {
		case err := <-flushed:
			t.Fatalf("the flush has not waited and returned %v", err)
		case exporter.unblockExport <- struct{}{}:
		}
	}
	if err := receiveWithin(t, flushed); err != nil {
		t.Error(err)
	}
	if got := batchSizes(exporter.exported()); !slices.Equal(got, []int{2, 2, 1}) {
		t.Errorf("got batches of %v, want 2, 2 and 1", got)
	}
	close(exporter.unblockExport)
}

// TestExportIsCanceledAfterTimeout proves that an export is canceled after its timeout.
func TestExportIsCanceledAfterTimeout(t *testing.T) {
	exporter := newRecordingExporter()
	exporter.unblockExport = make(chan struct{})
	b := startBatches(t, exporter, settings.BatchConfig{BatchSize: 2, Delay: time.Hour, ExportTimeout: time.Millisecond})
	endSpans(b, newEndedSpans(0, 1))
	if err := b.ForceFlush(t.Context()); !errors.Is(err, errExportTimeout) {
		t.Errorf("got %v, want %v", err, errExportTimeout)
	}
	if _, bounded := receiveWithin(t, exporter.exportStarted).Deadline(); !bounded {
		t.Error("an export has no deadline")
	}
	b.ExportTimeout = 0
	close(exporter.unblockExport)
	endSpans(b, newEndedSpans(1, 2))
	if err := b.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if _, bounded := receiveWithin(t, exporter.exportStarted).Deadline(); bounded {
		t.Error("an export has a deadline, want none")
	}
}

// TestShutdownExportsQueuedItemsOnce proves that a shutdown exports the queued items
// once, and that adding an item later does not block.
func TestShutdownExportsQueuedItemsOnce(t *testing.T) {
	exporter := newRecordingExporter()
	b := newSpanBatchProcessor(exporter, settings.BatchConfig{BatchSize: 2, Delay: time.Hour})
	endSpans(b, newEndedSpans(0, 1))
	for range 2 {
		if err := b.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	endSpans(b, newEndedSpans(1, 5))
	if err := b.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if got := batchSizes(exporter.exported()); !slices.Equal(got, []int{1}) || !exporter.closed || b.queueLength != 0 {
		t.Errorf("got batches of %v, %d waiting, exporter shut down %v; want one, 0, true", got, b.queueLength, exporter.closed)
	}
}

// TestShutdownReturnsWhenContextEnds proves that a shutdown returns when its context
// ends, even during an export.
func TestShutdownReturnsWhenContextEnds(t *testing.T) {
	exporter := newRecordingExporter()
	exporter.unblockExport = make(chan struct{})
	b := newSpanBatchProcessor(exporter, settings.BatchConfig{BatchSize: 1, Delay: time.Hour})
	endSpans(b, newEndedSpans(0, 1))
	receiveWithin(t, exporter.exportStarted)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	close(exporter.unblockExport)
	b.goroutines.Wait()
}

// TestEverySpanIsExportedExactlyOnce proves that each span that is added before the
// shutdown is exported exactly once, while other goroutines flush.
func TestEverySpanIsExportedExactlyOnce(t *testing.T) {
	const goroutines, spansEach = 8, 500
	exporter := newRecordingExporter()
	b := newSpanBatchProcessor(exporter, settings.BatchConfig{BatchSize: 16, Delay: time.Millisecond})
	var ending, flushing sync.WaitGroup
	stopFlushing := make(chan struct{})
	for i := range goroutines {
		ending.Go(func() { endSpans(b, newEndedSpans(i*spansEach, (i+1)*spansEach)) })
	}
	for range 2 {
		flushing.Go(func() {
			for {
				select {
				case <-stopFlushing:
					return
				default:
					_ = b.ForceFlush(t.Context())
				}
			}
		})
	}
	ending.Wait()
	if err := b.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	close(stopFlushing)
	flushing.Wait()
	exports := make(map[string]int)
	for _, batch := range exporter.exported() {
		if len(batch) > 16 {
			t.Errorf("got a batch of %d, want at most 16", len(batch))
		}
		for _, name := range batch {
			exports[name]++
		}
	}
	for i := range goroutines * spansEach {
		if n := exports[fmt.Sprint(i)]; n != 1 {
			t.Fatalf("span %d was exported %d times, want once", i, n)
		}
	}
	if slices.ContainsFunc(b.chunks[:cap(b.chunks)], func(chunk []sdktrace.ReadOnlySpan) bool { return chunk != nil }) {
		t.Error("a span that has been exported is kept in memory")
	}
}
