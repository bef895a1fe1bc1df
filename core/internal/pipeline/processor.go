package pipeline

import (
	"context"
	"sync/atomic"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/sampling"
)

// Queue keeps the SDK's queue from overflowing, where items would vanish
// uncounted: it admits an item only while fewer than limit wait.
type Queue struct {
	*account.Counter
	Limit   int64
	Waiting atomic.Int64
	Closed  atomic.Bool
}

// Admit counts an item and reports whether it may be queued.
func (a *Queue) Admit() bool {
	if a.Waiting.Load() >= a.Limit {
		a.DropQueueFull()
		return false
	}
	a.Count(1)
	if a.Waiting.Add(1) > a.Limit {
		a.Drop(a.Leave(1), account.QueueFull)
		return false
	}
	// Check closed after incrementing: an item that misses the flag is already
	// counted, so that the shutdown sees it.
	if a.Closed.Load() {
		a.Drop(a.Leave(1), account.TooLate)
		return false
	}
	return true
}

// Leave takes up to n items out of those that wait, and returns how many. Those
// that are missing were given up by a shutdown, which has counted them.
func (a *Queue) Leave(n int) uint64 {
	for {
		waiting := a.Waiting.Load()
		left := min(int64(n), waiting)
		if a.Waiting.CompareAndSwap(waiting, waiting-left) {
			return uint64(left)
		}
	}
}

// Length returns how many items wait.
func (a *Queue) Length() int64 { return a.Waiting.Load() }

// Capacity returns how many may.
func (a *Queue) Capacity() int64 { return a.Limit }

// abandon takes every item out of those that wait, and returns how many.
func (a *Queue) abandon() uint64 { return uint64(a.Waiting.Swap(0)) }

// SpanProcessor is the span processor in front of the batch processor.
type SpanProcessor struct {
	*Queue
	Batch    sdktrace.SpanProcessor
	Resource *Resource
}

// OnStart gives the span the attributes that the sampler has left.
func (p *SpanProcessor) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	if p.Resource != nil {
		p.Resource.restore(span.Resource())
	}
	sampling.AddStartAttributes(ctx, span)
}

// OnEnd passes a sampled span on if there is room in the queue.
func (p *SpanProcessor) OnEnd(span sdktrace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() && p.Admit() {
		p.Batch.OnEnd(span)
	}
}

// Shutdown closes the queue and sends what waits.
func (p *SpanProcessor) Shutdown(ctx context.Context) error {
	p.Closed.Store(true)
	return p.Batch.Shutdown(ctx)
}

// ForceFlush sends what waits.
func (p *SpanProcessor) ForceFlush(ctx context.Context) error { return p.Batch.ForceFlush(ctx) }

// LogProcessor is the log record processor in front of the batch processor.
type LogProcessor struct {
	*Queue
	Batch    sdklog.Processor
	Resource *Resource
}

// Enabled returns what the batch processor says.
func (p *LogProcessor) Enabled(ctx context.Context, parameters sdklog.EnabledParameters) bool {
	return p.Batch.Enabled(ctx, parameters)
}

// OnEmit passes a record on if there is room in the queue.
func (p *LogProcessor) OnEmit(ctx context.Context, record *sdklog.Record) error {
	if p.Resource != nil {
		p.Resource.restore(record.Resource())
	}
	if !p.Admit() {
		return nil
	}
	return p.Batch.OnEmit(ctx, record)
}

// Shutdown closes the queue and sends what waits.
func (p *LogProcessor) Shutdown(ctx context.Context) error {
	p.Closed.Store(true)
	return p.Batch.Shutdown(ctx)
}

// ForceFlush sends what waits.
func (p *LogProcessor) ForceFlush(ctx context.Context) error { return p.Batch.ForceFlush(ctx) }
