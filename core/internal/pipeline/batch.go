package pipeline

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/samespan/samespan/core/internal/settings"
)

// Batches is the batch processor of OpenTelemetry's specification, for spans
// and for log records. The SDK's two differ in what they cost: that of spans
// hands over each through a channel, whose receiver is woken for each, and that
// of log records allocates its whole queue at the start. Here the goroutine that
// exports sleeps until a batch is full or its time has come, and the queue is as
// long as what is in it.
type Batches[T any] struct {
	settings.BatchConfig
	send  func(context.Context, []T) error
	close func(context.Context) error

	mu sync.Mutex
	// chunks hold the queued items, the oldest first: each is a batch, and all
	// but the last are full.
	chunks [][]T
	// spare is an empty chunk for the next batch.
	spare  []T
	length int
	// queued counts the items that were ever added.
	queued uint64
	closed bool
	// draining is set while drain runs.
	draining bool

	// exporting is held during an export: there is one at a time.
	exporting chan struct{}

	full  chan struct{}
	stop  chan struct{}
	ended sync.WaitGroup
	once  sync.Once
}

// maxSpare bounds the memory that an empty queue keeps.
const maxSpare = 2 * settings.DefaultBatchSize

// errExportTimeout is worded as the SDK words it.
var errExportTimeout = errors.New("processor export timeout")

// NewBatches returns a batch processor that exports with send and shuts its
// exporter down with end.
func NewBatches[T any](how settings.BatchConfig, send func(context.Context, []T) error, end func(context.Context) error) *Batches[T] {
	b := &Batches[T]{
		BatchConfig: how, send: send, close: end,
		exporting: make(chan struct{}, 1), full: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	if how.Delay > 0 {
		b.ended.Go(b.run)
	}
	return b
}

// Add queues an item. The caller enforces the queue limit.
func (b *Batches[T]) Add(item T) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	last := len(b.chunks) - 1
	if last < 0 || len(b.chunks[last]) >= b.BatchSize {
		b.chunks = append(b.chunks, b.spare)
		b.spare = nil
		last++
	}
	b.chunks[last] = append(b.chunks[last], item)
	b.length++
	b.queued++
	full := b.length == b.BatchSize && b.Delay > 0
	if b.Delay == 0 && !b.draining {
		b.draining = true
		b.ended.Go(b.drain)
	}
	b.mu.Unlock()
	if full {
		select {
		case b.full <- struct{}{}:
		default:
		}
	}
}

// drain exports until the queue is empty. It runs where no item waits for
// others, in place of run.
func (b *Batches[T]) drain() {
	for {
		_, err := b.export(context.Background())
		handle(err)
		b.mu.Lock()
		if b.length == 0 {
			b.draining = false
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()
	}
}

// run exports batches when they are full, and what there is when it has waited
// long enough: no item waits for longer than the delay and the export under
// way.
func (b *Batches[T]) run() {
	timer := time.NewTimer(b.Delay)
	defer timer.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-b.full:
			// Not after the export: items that come during it wait as well.
			timer.Reset(b.Delay)
			for b.isFull() {
				_, err := b.export(context.Background())
				handle(err)
			}
		case <-timer.C:
			timer.Reset(b.Delay)
			handle(b.exportUntil(context.Background(), b.last()))
		}
	}
}

// handle gives the error of an export that no caller waits for to OpenTelemetry's
// error handler, as the SDK's processors do. Setup's leaves it alone, since it
// has been counted and logged; the service may have set its own.
func handle(err error) {
	if err != nil {
		otel.Handle(err)
	}
}

func (b *Batches[T]) isFull() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.length >= b.BatchSize && !b.closed
}

// last returns the number of the item that came last.
func (b *Batches[T]) last() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.queued
}

// exportUntil exports batches until the item of that number was in one, and
// what is under way has ended. It returns the first of what went wrong, and why
// ctx is done if that comes before.
func (b *Batches[T]) exportUntil(ctx context.Context, last uint64) (problem error) {
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

// export exports one batch, after the one under way. It returns how many items
// have been taken from the queue, in all.
func (b *Batches[T]) export(ctx context.Context) (taken uint64, err error) {
	select {
	case b.exporting <- struct{}{}:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-b.exporting }()
	if ctx.Err() != nil {
		return 0, context.Cause(ctx) // what is taken now would be lost
	}
	batch, taken := b.take()
	if len(batch) == 0 {
		return taken, nil
	}
	if b.ExportTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, b.ExportTimeout, errExportTimeout)
		defer cancel()
	}
	err = b.send(ctx, batch)
	b.reuse(batch)
	return taken, err
}

// take removes the oldest batch from the queue.
func (b *Batches[T]) take() (batch []T, taken uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.chunks) > 0 {
		batch = b.chunks[0]
		b.chunks[0] = nil
		b.chunks = b.chunks[1:]
		b.length -= len(batch)
	}
	return batch, b.queued - uint64(b.length)
}

// reuse keeps the memory of a batch for the next, but none of its items.
func (b *Batches[T]) reuse(batch []T) {
	clear(batch)
	b.mu.Lock()
	defer b.mu.Unlock()
	if cap(batch) > cap(b.spare) && cap(batch) <= maxSpare {
		b.spare = batch[:0]
	}
}

// ForceFlush exports what is queued, and waits for what is under way.
func (b *Batches[T]) ForceFlush(ctx context.Context) error {
	return b.exportUntil(ctx, b.last())
}

// Shutdown exports what is queued and shuts the exporter down. When ctx is done
// before, it goes on in the background: the exporter decides when nothing more
// is sent.
func (b *Batches[T]) Shutdown(ctx context.Context) (err error) {
	b.once.Do(func() {
		b.mu.Lock()
		b.closed = true
		b.mu.Unlock()
		close(b.stop)
		done := make(chan error, 1)
		go func() {
			b.ended.Wait()
			handle(b.exportUntil(context.Background(), b.last()))
			done <- b.close(ctx)
		}()
		err = Within(ctx, done)
	})
	return err
}
