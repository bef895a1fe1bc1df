package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/sampling"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// TestItemsAddedDuringShutdownAreDropped proves that each item that is added during or
// after the shutdown is counted exactly once, as dropped.
func TestItemsAddedDuringShutdownAreDropped(t *testing.T) {
	logger, _ := logtest.New()
	report := selflog.NewReporter(func() *slog.Logger { return logger })
	for range 2000 {
		queue := &Queue{Counter: account.NewCounter("traces", "span", "span", report), Limit: 2}
		p := &Pipeline{Counter: queue.Counter, Queue: queue}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 5 {
					queue.Admit()
				}
			})
		}
		queue.Closed.Store(true)
		p.dropQueued()
		group.Wait()
		queue.Admit()
		if s := queue.Stats(); s.Ended != 21 || s.Dropped != 21 {
			t.Fatalf("got %+v, want each of 21 dropped", s)
		}
	}
}

// TestExportAfterShutdownIsNotCountedAgain proves that the spans of a batch are not
// counted again if the batch is exported after a shutdown has already counted them as
// lost.
func TestExportAfterShutdownIsNotCountedAgain(t *testing.T) {
	logger, _ := logtest.New()
	queue := &Queue{Counter: account.NewCounter("traces", "span", "span", selflog.NewReporter(func() *slog.Logger { return logger })), Limit: 10}
	p := &Pipeline{Counter: queue.Counter, Queue: queue}
	exporter := &SpanExporter{Lifetime: NewLifetime(nil), Queue: queue}
	for range 3 {
		queue.Admit()
	}
	p.dropQueued()
	exporter.cancel(exporterror.ErrGivenUp)
	if err := exporter.ExportSpans(t.Context(), make([]sdktrace.ReadOnlySpan, 3)); !errors.Is(err, exporterror.ErrGivenUp) {
		t.Errorf("got %v, want %v", err, exporterror.ErrGivenUp)
	}
	if s := queue.Stats(); s.Ended != 3 || s.Dropped != 3 || s.Failed != 0 || queue.Waiting.Load() != 0 {
		t.Errorf("got %+v and %d waiting, want 3 dropped", s, queue.Waiting.Load())
	}
}

// discardProcessor is a span processor that does nothing.
type discardProcessor struct{}

func (discardProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discardProcessor) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (discardProcessor) Shutdown(context.Context) error                  { return nil }
func (discardProcessor) ForceFlush(context.Context) error                { return nil }

// TestQueueFullIsReported proves that the first item that is dropped by a full queue is
// logged at once, later ones once a minute, and the remaining ones at the shutdown.
func TestQueueFullIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, logged := logtest.New()
		r := selflog.NewReporter(func() *slog.Logger { return logger })
		queue := &Queue{Counter: account.NewCounter("traces", "span", "span", r), Limit: 1}
		admit := func(n int) {
			for range n {
				queue.Admit()
			}
		}
		admit(2)
		logged.Expect(t, 0, "the queue is full\" count=1 signal=traces")
		admit(5)
		logged.Expect(t, selflog.Interval/2, "")
		admit(4)
		logged.Expect(t, selflog.Interval/2, "count=9 ")
		logged.Expect(t, 2*selflog.Interval, "")
		admit(3)
		logged.Expect(t, 0, "count=1 ")
		queue.ReportRest()
		r.Close()
		logged.Expect(t, 0, "count=2 ")
		logged.Expect(t, time.Hour, "")
		if s := queue.Stats(); s.Ended != 14 || s.Dropped != 13 || s.Queued != 1 {
			t.Errorf("got %+v, want 13 of 14 dropped", s)
		}
		if _, drops := queue.Losses(); drops["queue_full"] != 13 {
			t.Errorf("got drops %v, want 13 of queue_full", drops)
		}
	})
}

// BenchmarkDrop measures how long it takes to drop a span because the queue is full, with
// this package ("core") and with the SDK's batch processor ("sdk"). Drops must not slow
// down an overloaded service further.
func BenchmarkDrop(b *testing.B) {
	span := tracetest.SpanStub{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled,
	})}.Snapshot()
	logger, _ := logtest.New()
	for name, start := range map[string]func(sdktrace.SpanExporter) sdktrace.SpanProcessor{
		"sdk": func(exporter sdktrace.SpanExporter) sdktrace.SpanProcessor {
			return sdktrace.NewBatchSpanProcessor(exporter, sdktrace.WithMaxQueueSize(8), sdktrace.WithMaxExportBatchSize(8))
		},
		"core": func(exporter sdktrace.SpanExporter) sdktrace.SpanProcessor {
			queue := &Queue{Counter: account.NewCounter("traces", "span", "span", selflog.NewReporter(func() *slog.Logger { return logger })), Limit: 8}
			return &SpanProcessor{Queue: queue, Batch: newSpanBatchProcessor(exporter, settings.BatchConfig{BatchSize: 8, Delay: time.Second})}
		},
	} {
		for _, parallel := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/parallel=%v", name, parallel), func(b *testing.B) {
				exporter := newRecordingExporter()
				exporter.unblockExport = make(chan struct{})
				processor := start(exporter)
				for range 100 { // fill the queue; no export ends before the end of the benchmark
					processor.OnEnd(span)
				}
				b.ReportAllocs()
				b.ResetTimer()
				if parallel {
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							processor.OnEnd(span)
						}
					})
				} else {
					for range b.N {
						processor.OnEnd(span)
					}
				}
				b.StopTimer()
				close(exporter.unblockExport)
				_ = processor.Shutdown(context.Background())
			})
		}
	}
}

// BenchmarkSpan measures how long it takes to record a span, with the SDK alone ("sdk")
// and with this package ("core").
func BenchmarkSpan(b *testing.B) {
	queue := &Queue{Counter: account.NewCounter("traces", "span", "span", selflog.NewReporter(nil)), Limit: 1 << 62}
	for name, options := range map[string][]sdktrace.TracerProviderOption{
		"sdk":  {sdktrace.WithSpanProcessor(discardProcessor{})},
		"core": {sdktrace.WithSpanProcessor(&SpanProcessor{Queue: queue, Batch: discardProcessor{}}), sdktrace.WithSampler(sampling.New(sdktrace.AlwaysSample(), nil))},
	} {
		b.Run(name, func(b *testing.B) {
			tracer := sdktrace.NewTracerProvider(options...).Tracer("test")
			b.ReportAllocs()
			for b.Loop() {
				_, span := tracer.Start(b.Context(), "work", trace.WithAttributes(attribute.Int("n", 1)))
				span.End()
			}
		})
	}
}
