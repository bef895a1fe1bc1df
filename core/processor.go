package core

import (
	"context"
	"sync/atomic"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/account"
)

// admission keeps the SDK's queue from overflowing, where items would vanish
// uncounted: it admits an item only while fewer than limit wait.
type admission struct {
	*account.Counter
	limit   int64
	waiting atomic.Int64
	closed  atomic.Bool
}

// admit counts an item and reports whether it may be queued.
func (a *admission) admit() bool {
	if a.waiting.Load() >= a.limit {
		a.DropQueueFull()
		return false
	}
	a.Count(1)
	if a.waiting.Add(1) > a.limit {
		a.Drop(a.leave(1), account.QueueFull)
		return false
	}
	// Check closed after incrementing: an item that misses the flag is already
	// counted, so that the shutdown sees it.
	if a.closed.Load() {
		a.Drop(a.leave(1), account.TooLate)
		return false
	}
	return true
}

// leave takes up to n items out of those that wait, and returns how many. Those
// that are missing were given up by a shutdown, which has counted them.
func (a *admission) leave(n int) uint64 {
	for {
		waiting := a.waiting.Load()
		left := min(int64(n), waiting)
		if a.waiting.CompareAndSwap(waiting, waiting-left) {
			return uint64(left)
		}
	}
}

// Length returns how many items wait.
func (a *admission) Length() int64 { return a.waiting.Load() }

// Capacity returns how many may.
func (a *admission) Capacity() int64 { return a.limit }

// abandon takes every item out of those that wait, and returns how many.
func (a *admission) abandon() uint64 { return uint64(a.waiting.Swap(0)) }

// spanAdmission is the span processor in front of the batch processor.
type spanAdmission struct {
	*admission
	batch sdktrace.SpanProcessor
}

func (p *spanAdmission) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	addOtherStartAttributes(ctx, span)
}

func (p *spanAdmission) OnEnd(span sdktrace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() && p.admit() {
		p.batch.OnEnd(span)
	}
}

func (p *spanAdmission) Shutdown(ctx context.Context) error {
	p.closed.Store(true)
	return p.batch.Shutdown(ctx)
}

func (p *spanAdmission) ForceFlush(ctx context.Context) error { return p.batch.ForceFlush(ctx) }

// logAdmission is the log record processor in front of the batch processor.
type logAdmission struct {
	*admission
	batch sdklog.Processor
}

func (p *logAdmission) Enabled(ctx context.Context, parameters sdklog.EnabledParameters) bool {
	return p.batch.Enabled(ctx, parameters)
}

func (p *logAdmission) OnEmit(ctx context.Context, record *sdklog.Record) error {
	if !p.admit() {
		return nil
	}
	return p.batch.OnEmit(ctx, record)
}

func (p *logAdmission) Shutdown(ctx context.Context) error {
	p.closed.Store(true)
	return p.batch.Shutdown(ctx)
}

func (p *logAdmission) ForceFlush(ctx context.Context) error { return p.batch.ForceFlush(ctx) }
