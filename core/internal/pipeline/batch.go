package pipeline

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/samespan/samespan/core/internal/settings"
)

// Batches is the batch processor of OpenTelemetry's specification, for spans and for log
// records. It replaces the SDK's two processors, which cost more: the SDK's span
// processor sends each span through a channel and wakes the receiver, and its log
// processor allocates the whole queue at the start. In Batches, the exporting goroutine
// sleeps until a batch is full or the delay has passed, and the queue grows as needed.
type Batches[T any] struct {
	settings.BatchConfig
	// send exports a batch.
	send func(context.Context, []T) error
	// shutdownExporter shuts down the exporter.
	shutdownExporter func(context.Context) error

	mu sync.Mutex
	// chunks are the queued items, oldest first. Each chunk is a batch, and all
	// but the last are full.
	chunks      [][]T
	queueLength int
	// addedCount is the number of all items ever added.
	addedCount uint64
	// closed is set when the shutdown begins. Items that are added later are ignored.
	closed bool
	// draining is set while drain runs.
	draining bool

	// exportSemaphore is a semaphore that allows one export at a time.
	exportSemaphore chan struct{}

	// batchFull receives a value when a batch is full.
	batchFull chan struct{}
	// stop is closed to end the goroutine of run.
	stop chan struct{}
	// goroutines waits for run or drain.
	goroutines   sync.WaitGroup
	shutdownOnce sync.Once
}

// errExportTimeout has the same text as the SDK's error.
var errExportTimeout = errors.New("processor export timeout")

// NewBatches returns a batch processor that exports with send and shuts down its exporter
// with shutdown.
func NewBatches[T any](config settings.BatchConfig, send func(context.Context, []T) error, shutdown func(context.Context) error) *Batches[T] {
	b := &Batches[T]{
		BatchConfig: config, send: send, shutdownExporter: shutdown,
		exportSemaphore: make(chan struct{}, 1), batchFull: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	if config.Delay > 0 {
		b.goroutines.Go(b.run)
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
		b.chunks = append(b.chunks, nil)
		last++
	}
	b.chunks[last] = append(b.chunks[last], item)
	b.queueLength++
	b.addedCount++
	full := b.queueLength == b.BatchSize && b.Delay > 0
	if b.Delay == 0 && !b.draining {
		b.draining = true
		b.goroutines.Go(b.drain)
	}
	b.mu.Unlock()
	if full {
		select {
		case b.batchFull <- struct{}{}:
		default:
		}
	}
}

// drain exports until the queue is empty. It is used in place of run if the delay is 0.
func (b *Batches[T]) drain() {
	for {
		_, err := b.exportBatch(context.Background())
		handleError(err)
		b.mu.Lock()
		if b.queueLength == 0 {
			b.draining = false
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()
	}
}

// run exports a batch when it is full, and an incomplete batch after the delay. An item
// waits at most for the delay or for the export in progress, whichever takes longer.
func (b *Batches[T]) run() {
	timer := time.NewTimer(b.Delay)
	defer timer.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-b.batchFull:
			// Reset the timer before the export: the delay of items that are added during
			// the export starts now.
			timer.Reset(b.Delay)
			for b.hasFullBatch() {
				_, err := b.exportBatch(context.Background())
				handleError(err)
			}
		case <-timer.C:
			timer.Reset(b.Delay)
			handleError(b.exportUntil(context.Background(), b.lastAdded()))
		}
	}
}

// handleError passes the error of an export in the background to OpenTelemetry's error
// handler, as the SDK's processors do. The error has already been counted and logged, so
// the handler of Setup ignores it, but the service may have set its own handler.
func handleError(err error) {
	if err != nil {
		otel.Handle(err)
	}
}

// hasFullBatch reports whether the queue has enough items for a full batch.
func (b *Batches[T]) hasFullBatch() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.queueLength >= b.BatchSize && !b.closed
}

// lastAdded returns the number of the last item in the queue. Items are numbered from 1,
// so it is also the number of all items ever added.
func (b *Batches[T]) lastAdded() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.addedCount
}

// exportUntil exports batches up to the item with the number lastItem, and waits for the
// export in progress. It returns the first error, or the cause of ctx if ctx ends
// earlier.
func (b *Batches[T]) exportUntil(ctx context.Context, lastItem uint64) (problem error) {
	for {
		takenCount, err := b.exportBatch(ctx)
		if problem == nil {
			problem = err
		}
		if takenCount >= lastItem {
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

// exportBatch waits for the export in progress and then exports one batch. takenCount is the
// number of items ever taken from the queue.
func (b *Batches[T]) exportBatch(ctx context.Context) (takenCount uint64, err error) {
	select {
	case b.exportSemaphore <- struct{}{}:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-b.exportSemaphore }()
	if ctx.Err() != nil {
		return 0, context.Cause(ctx) // a batch that is removed now would be lost
	}
	batch, takenCount := b.takeBatch()
	if len(batch) == 0 {
		return takenCount, nil
	}
	if b.ExportTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, b.ExportTimeout, errExportTimeout)
		defer cancel()
	}
	return takenCount, b.send(ctx, batch)
}

// takeBatch removes the oldest batch from the queue and returns it. takenCount is the
// number of items ever taken from the queue.
func (b *Batches[T]) takeBatch() (batch []T, takenCount uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.chunks) > 0 {
		batch = b.chunks[0]
		b.chunks[0] = nil
		b.chunks = b.chunks[1:]
		b.queueLength -= len(batch)
	}
	return batch, b.addedCount - uint64(b.queueLength)
}

// ForceFlush exports all queued items and waits for the export in progress.
func (b *Batches[T]) ForceFlush(ctx context.Context) error {
	return b.exportUntil(ctx, b.lastAdded())
}

// Shutdown exports all queued items and shuts down the exporter. If ctx ends earlier,
// Shutdown returns, and a goroutine continues to call send for the remaining batches.
// These calls fail at once when the exporter no longer accepts exports.
func (b *Batches[T]) Shutdown(ctx context.Context) (err error) {
	b.shutdownOnce.Do(func() {
		b.mu.Lock()
		b.closed = true
		b.mu.Unlock()
		close(b.stop)
		done := make(chan error, 1)
		go func() {
			b.goroutines.Wait()
			handleError(b.exportUntil(context.Background(), b.lastAdded()))
			done <- b.shutdownExporter(ctx)
		}()
		err = Within(ctx, done)
	})
	return err
}
