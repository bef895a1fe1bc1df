package pipeline

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/settings"
)

// TestSpanWaitsForDelayOrExportInProgress proves that a span waits at most for the delay
// or for the export in progress, whichever takes longer.
func TestSpanWaitsForDelayOrExportInProgress(t *testing.T) {
	const delay = time.Second
	for _, test := range []struct {
		name string
		// firstSpans is the number of spans that start the first export. That export
		// takes exportTime. laterSpans is the number of spans that are added during the
		// first export.
		firstSpans, laterSpans int
		exportTime             time.Duration
		// want is the time from the start of the first export to the export of the
		// later spans.
		want time.Duration
	}{
		{"first batch incomplete, long export", 1, 1, 5 * delay, 5 * delay},
		{"first batch incomplete, short export", 1, 1, delay / 4, delay},
		{"first batch full, long export", 4, 1, 5 * delay, 5 * delay},
		{"first batch full, short export", 4, 1, delay / 4, delay},
		{"later batch full, short export", 1, 4, delay / 4, delay / 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				exporter := newRecordingExporter()
				exporter.unblockExport = make(chan struct{})
				b := startBatches(t, exporter, settings.BatchConfig{BatchSize: 4, Delay: delay})
				endSpans(b, newEndedSpans(0, test.firstSpans))
				receiveWithin(t, exporter.exportStarted)
				began := time.Now()
				endSpans(b, newEndedSpans(test.firstSpans, test.firstSpans+test.laterSpans))
				<-time.After(test.exportTime)
				exporter.unblockExport <- struct{}{}
				receiveWithin(t, exporter.exportStarted)
				if got := time.Since(began); got != test.want {
					t.Errorf("got the next export after %v, want %v", got, test.want)
				}
				close(exporter.unblockExport)
			})
		})
	}
}

// TestSpanIsExportedAtOnceWithoutDelay proves that without a delay, a span is exported at
// once, and spans that are added during an export are exported together after it.
func TestSpanIsExportedAtOnceWithoutDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exporter := newRecordingExporter()
		exporter.unblockExport = make(chan struct{})
		b := startBatches(t, exporter, settings.BatchConfig{BatchSize: 4})
		began := time.Now()
		endSpans(b, newEndedSpans(0, 1))
		receiveWithin(t, exporter.exportStarted)
		endSpans(b, newEndedSpans(1, 7))
		exporter.unblockExport <- struct{}{}
		receiveWithin(t, exporter.exportStarted)
		exporter.unblockExport <- struct{}{}
		receiveWithin(t, exporter.exportStarted)
		close(exporter.unblockExport)
		synctest.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("got the last export after %v, want it at once", took)
		}
		if got := batchSizes(exporter.exported()); !slices.Equal(got, []int{1, 4, 2}) {
			t.Errorf("got batches of %v, want 1, 4 and 2", got)
		}
	})
}

// TestFlushWithEndedContextKeepsSpans proves that a flush whose context has ended returns
// an error and leaves the spans in the queue. An export could only fail and lose them.
func TestFlushWithEndedContextKeepsSpans(t *testing.T) {
	exporter := newRecordingExporter()
	b := startBatches(t, exporter, settings.BatchConfig{BatchSize: 4, Delay: time.Hour})
	endSpans(b, newEndedSpans(0, 1))
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("no time")
	cancel(reason)
	for range 100 {
		if err := b.ForceFlush(ctx); !errors.Is(err, reason) {
			t.Fatalf("got %v, want %v", err, reason)
		}
	}
	if got := exporter.exported(); len(got) != 0 {
		t.Errorf("got %v exported, want nothing", got)
	}
	if err := b.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	if got := exporter.exported(); len(got) != 1 {
		t.Errorf("got %v exported, want what waited", got)
	}
}

// TestFlushFailsIfContextEndsBetweenBatches proves that a flush returns an error if its
// context ends after the first of two batches.
func TestFlushFailsIfContextEndsBetweenBatches(t *testing.T) {
	exporter := newRecordingExporter()
	reason := errors.New("no time")
	ctx, cancel := context.WithCancelCause(t.Context())
	b := newSpanBatchProcessor(notifyingExporter{exporter, func() { cancel(reason) }}, settings.BatchConfig{BatchSize: 2, Delay: time.Hour})
	b.mu.Lock() // keeps the exporting goroutine from seeing a full batch before the flush
	b.chunks, b.queueLength, b.addedCount = [][]sdktrace.ReadOnlySpan{newEndedSpans(0, 2), newEndedSpans(2, 3)}, 3, 3
	b.mu.Unlock()
	if err := b.ForceFlush(ctx); !errors.Is(err, reason) {
		t.Errorf("got %v, want %v", err, reason)
	}
	if err := b.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := batchSizes(exporter.exported()); !slices.Equal(got, []int{2, 1}) {
		t.Errorf("got batches of %v, want 2 and, by the shutdown, 1", got)
	}
}

// notifyingExporter is an exporter that calls onExport after each export.
type notifyingExporter struct {
	*recordingExporter
	onExport func()
}

func (e notifyingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	defer e.onExport()
	return e.recordingExporter.ExportSpans(ctx, spans)
}
