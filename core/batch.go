package core

import (
	"context"
	"errors"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// spanBatches is the batch span processor of OpenTelemetry's specification. The
// SDK's hands over each span through a channel, whose receiver is woken for
// each: that costs a request more than the span does. Here the receiver sleeps
// until a batch is full or its time has come.
type spanBatches struct {
	batchConfig
	exporter sdktrace.SpanExporter

	mu sync.Mutex
	// waiting begins with so many that wait no more.
	waiting []sdktrace.ReadOnlySpan
	gone    int
	// queued counts the spans that came to wait.
	queued uint64
	closed bool

	// exporting is held by whoever exports batch, one at a time.
	exporting chan struct{}
	batch     []sdktrace.ReadOnlySpan

	full  chan struct{}
	stop  chan struct{}
	ended sync.WaitGroup
	once  sync.Once
}

// errExportTimeout is worded as the SDK does it, whose processor of log records
// has the same.
var errExportTimeout = errors.New("processor export timeout")

func newSpanBatches(exporter sdktrace.SpanExporter, how batchConfig) *spanBatches {
	b := &spanBatches{
		batchConfig: how, exporter: exporter,
		exporting: make(chan struct{}, 1), full: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	b.ended.Go(b.run)
	return b
}

func (b *spanBatches) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd lets a span wait. How many may is decided before.
func (b *spanBatches) OnEnd(span sdktrace.ReadOnlySpan) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	b.waiting = append(b.waiting, span)
	b.queued++
	full := b.length() == b.batchSize
	b.mu.Unlock()
	if full {
		select {
		case b.full <- struct{}{}:
		default:
		}
	}
}

// run exports batches when they are full, and what there is when it has waited
// long enough: no span waits for longer than the delay and the export under
// way. What fails the exporter has counted and reported.
func (b *spanBatches) run() {
	timer := time.NewTimer(b.delay)
	defer timer.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-b.full:
			// Not after the export: spans that end during it wait as well.
			timer.Reset(b.delay)
			for b.isFull() {
				_, _ = b.export(context.Background())
			}
		case <-timer.C:
			timer.Reset(b.delay)
			_ = b.exportUntil(context.Background(), b.last())
		}
	}
}

// length is how many spans wait. It is called with mu held.
func (b *spanBatches) length() int { return len(b.waiting) - b.gone }

func (b *spanBatches) isFull() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.length() >= b.batchSize && !b.closed
}

// last returns the number of the span that came last.
func (b *spanBatches) last() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.queued
}

// exportUntil exports batches until the span of that number was in one, and
// what is under way has ended. It returns the first of what went wrong, and why
// ctx is done if that comes before.
func (b *spanBatches) exportUntil(ctx context.Context, last uint64) (problem error) {
	for {
		taken, err := b.export(ctx)
		if problem == nil {
			problem = err
		}
		if taken >= last {
			return problem
		}
		if ctx.Err() != nil {
			if problem == nil {
				problem = context.Cause(ctx)
			}
			return problem
		}
	}
}

// export exports one batch, after the one under way. It returns how many spans
// have been taken from those that waited, in all.
func (b *spanBatches) export(ctx context.Context) (taken uint64, err error) {
	select {
	case b.exporting <- struct{}{}:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-b.exporting }()
	if ctx.Err() != nil {
		return 0, context.Cause(ctx) // what is taken now would be lost
	}
	if taken = b.take(); len(b.batch) == 0 {
		return taken, nil
	}
	if b.exportTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, b.exportTimeout, errExportTimeout)
		defer cancel()
	}
	err = b.exporter.ExportSpans(ctx, b.batch)
	clear(b.batch) // keeps no span in memory
	return taken, err
}

// take makes the next batch of the spans that have waited longest.
func (b *spanBatches) take() (taken uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.waiting[b.gone:]
	n := min(b.batchSize, len(next))
	b.batch = append(b.batch[:0], next[:n]...)
	clear(next[:n])
	b.gone += n
	// The others move up once they are no more than those that have gone:
	// requests wait for it, and after each batch it would be long in a long queue.
	if rest := b.length(); rest <= b.gone {
		copy(b.waiting, b.waiting[b.gone:])
		clear(b.waiting[rest:])
		b.waiting, b.gone = b.waiting[:rest], 0
	}
	return b.queued - uint64(b.length())
}

// ForceFlush exports what waits, and waits for what is under way.
func (b *spanBatches) ForceFlush(ctx context.Context) error {
	return b.exportUntil(ctx, b.last())
}

// Shutdown exports what waits and shuts the exporter down. When ctx is done
// before, it goes on behind the caller's back: the exporter decides when
// nothing more is sent.
func (b *spanBatches) Shutdown(ctx context.Context) (err error) {
	b.once.Do(func() {
		b.mu.Lock()
		b.closed = true
		b.mu.Unlock()
		close(b.stop)
		done := make(chan error, 1)
		go func() {
			b.ended.Wait()
			_ = b.exportUntil(context.Background(), b.last()) // counted and reported
			done <- b.exporter.Shutdown(ctx)
		}()
		err = within(ctx, done)
	})
	return err
}
