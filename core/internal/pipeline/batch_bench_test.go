package pipeline

import (
	"context"
	"fmt"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/internal/settings"
)

// BenchmarkTakeBatch measures how long it takes to take a batch from a queue of n spans.
// During that time, requests that end a span have to wait.
func BenchmarkTakeBatch(b *testing.B) {
	for _, queue := range []int{2048, 1_000_000} {
		b.Run(fmt.Sprint(queue), func(b *testing.B) {
			batches := &Batches[sdktrace.ReadOnlySpan]{BatchConfig: settings.BatchConfig{BatchSize: 512, QueueSize: queue}}
			batches.send = func(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
			for i := range b.N {
				if i%(queue/512) == 0 {
					b.StopTimer()
					for batches.queueLength < queue {
						batches.Add(nil)
					}
					b.StartTimer()
				}
				batches.takeBatch()
			}
		})
	}
}

// discardExporter is an exporter that does nothing.
type discardExporter struct{}

func (discardExporter) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discardExporter) Shutdown(context.Context) error                             { return nil }

// BenchmarkBatch measures how long it takes to add a span to a batch, with this package's
// processor and with the SDK's processor ("plain").
func BenchmarkBatch(b *testing.B) {
	span := tracetest.SpanStub{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled,
	})}.Snapshot()
	for name, processor := range map[string]sdktrace.SpanProcessor{
		"core":  newSpanBatchProcessor(discardExporter{}, settings.BatchConfig{BatchSize: 512, Delay: time.Second}),
		"plain": sdktrace.NewBatchSpanProcessor(discardExporter{}, sdktrace.WithBlocking()),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					processor.OnEnd(span)
				}
			})
		})
		_ = processor.Shutdown(context.Background())
	}
}
