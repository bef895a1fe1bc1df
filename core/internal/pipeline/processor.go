package pipeline

import (
	"context"
	"sync/atomic"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/sampling"
)

// Queue prevents the SDK's queue from overflowing, which would drop items without
// counting them. It admits an item only while fewer than Limit items wait.
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
	// Check Closed after incrementing Waiting: if a shutdown sets Closed just after this
	// check, it finds the item counted in Waiting.
	if a.Closed.Load() {
		a.Drop(a.Leave(1), account.TooLate)
		return false
	}
	return true
}

// Leave subtracts n from the number of waiting items and returns n. If a shutdown has
// already counted the waiting items as dropped, fewer than n may wait. Leave then
// subtracts and returns the number that waits.
func (a *Queue) Leave(n int) uint64 {
	for {
		waiting := a.Waiting.Load()
		removed := min(int64(n), waiting)
		if a.Waiting.CompareAndSwap(waiting, waiting-removed) {
			return uint64(removed)
		}
	}
}

// Length returns the number of waiting items.
func (a *Queue) Length() int64 { return a.Waiting.Load() }

// Capacity returns the limit.
func (a *Queue) Capacity() int64 { return a.Limit }

// abandon sets the number of waiting items to 0, and returns how many items waited before.
func (a *Queue) abandon() uint64 { return uint64(a.Waiting.Swap(0)) }

// SpanProcessor wraps the batch processor of spans and enforces the queue
// limit.
type SpanProcessor struct {
	*Queue
	Batch    sdktrace.SpanProcessor
	Resource *Resource
}

// OnStart adds to a server span the start attributes that the sampler has not added.
func (p *SpanProcessor) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	if p.Resource != nil {
		p.Resource.restoreInto(span.Resource())
	}
	sampling.AddStartAttributes(ctx, span)
}

// OnEnd passes a sampled span to the batch processor unless the queue is full.
func (p *SpanProcessor) OnEnd(span sdktrace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() && p.Admit() {
		p.Batch.OnEnd(span)
	}
}

// Shutdown closes the queue and exports the queued spans.
func (p *SpanProcessor) Shutdown(ctx context.Context) error {
	p.Closed.Store(true)
	return p.Batch.Shutdown(ctx)
}

// ForceFlush exports the queued spans.
func (p *SpanProcessor) ForceFlush(ctx context.Context) error { return p.Batch.ForceFlush(ctx) }

// LogProcessor wraps the batch processor of log records and enforces the queue
// limit.
type LogProcessor struct {
	*Queue
	Batch    sdklog.Processor
	Resource *Resource
}

// Enabled returns the result of the batch processor's Enabled.
func (p *LogProcessor) Enabled(ctx context.Context, parameters sdklog.EnabledParameters) bool {
	return p.Batch.Enabled(ctx, parameters)
}

// OnEmit passes a record to the batch processor unless the queue is full.
func (p *LogProcessor) OnEmit(ctx context.Context, record *sdklog.Record) error {
	if p.Resource != nil {
		p.Resource.restoreInto(record.Resource())
	}
	if !p.Admit() {
		return nil
	}
	return p.Batch.OnEmit(ctx, record)
}

// Shutdown closes the queue and exports the queued records.
func (p *LogProcessor) Shutdown(ctx context.Context) error {
	p.Closed.Store(true)
	return p.Batch.Shutdown(ctx)
}

// ForceFlush exports the queued records.
func (p *LogProcessor) ForceFlush(ctx context.Context) error { return p.Batch.ForceFlush(ctx) }
