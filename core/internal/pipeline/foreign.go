package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/selflog"
)

// Foreign wraps a processor, exporter or reader that the service adds. If the component
// blocks, panics or fails, the result is an error that names it.
type Foreign struct {
	// name is the name of the component in errors.
	name string
	// exportSemaphore allows one export at a time, and flushSemaphore one flush. So a component
	// that blocks holds at most one goroutine of each kind.
	exportSemaphore, flushSemaphore chan struct{}
	// closed is set when the shutdown begins.
	closed       atomic.Bool
	shutdownOnce sync.Once
	// flush flushes the component. It may be nil.
	flush func(context.Context) error
	// shutdown shuts down the component.
	shutdown func(context.Context) error
}

// NewForeign returns a Foreign with a name for errors, a flush function, which may be
// nil, and a shutdown function.
func NewForeign(name string, flush, shutdown func(context.Context) error) *Foreign {
	return &Foreign{
		name: name, exportSemaphore: make(chan struct{}, 1), flushSemaphore: make(chan struct{}, 1),
		flush: flush, shutdown: shutdown,
	}
}

// ForceFlush waits until the previous flush has returned, and then flushes the component.
// It returns when limit ends, even if the component does not.
func (f *Foreign) ForceFlush(limit context.Context) error {
	if f.flush == nil || f.closed.Load() {
		return nil
	}
	return f.runAlone(limit, f.flushSemaphore, "flush", f.flush)
}

// Shutdown shuts down the component at the first call. It returns when limit ends, even if
// the component does not.
func (f *Foreign) Shutdown(limit context.Context) (err error) {
	f.shutdownOnce.Do(func() {
		f.closed.Store(true)
		err = f.prefixError(f.run(limit, f.shutdown))
	})
	return err
}

// prefixError prefixes err with the name of the component.
func (f *Foreign) prefixError(err error) error {
	if err == nil {
		return nil
	}
	return &SignalError{Signal: f.name, Err: err}
}

// export waits until the function do of the previous call has returned, and then calls
// its own do. It returns when ctx ends, even if do does not return.
func (f *Foreign) export(ctx context.Context, do func(context.Context) error) error {
	return f.runAlone(ctx, f.exportSemaphore, "export", do)
}

// runAlone acquires semaphore, calls do and releases semaphore when do has returned. It
// returns when ctx ends, even if do does not return. The argument operation is the name of
// do in errors.
func (f *Foreign) runAlone(ctx context.Context, semaphore chan struct{}, operation string, do func(context.Context) error) error {
	select {
	case semaphore <- struct{}{}:
	case <-ctx.Done():
		return f.prefixError(fmt.Errorf("the previous %s has not returned: %w", operation, context.Cause(ctx)))
	}
	return f.prefixError(f.run(ctx, func(ctx context.Context) error {
		defer func() { <-semaphore }()
		return do(ctx)
	}))
}

// errGoexit is the error of a call that ended its goroutine with
// runtime.Goexit.
var errGoexit = errors.New("called runtime.Goexit")

// run calls do in a new goroutine and waits for it until ctx ends.
func (f *Foreign) run(ctx context.Context, do func(context.Context) error) error {
	done := make(chan error, 1)
	go func() {
		err := errGoexit
		defer func() {
			if value := recover(); value != nil {
				err = fmt.Errorf("panicked: %v", value)
			}
			done <- err
		}()
		if err = do(ctx); err != nil {
			_ = err.Error() // panics if err holds a nil pointer, and would later panic where nothing recovers
		}
	}()
	if ended, err := await(ctx, done); ended {
		return err
	}
	return context.Cause(ctx)
}

// foreignSpanExporter wraps a span exporter of the service.
type foreignSpanExporter struct {
	*Foreign
	next sdktrace.SpanExporter
}

// NewForeignSpanExporter wraps an exporter of the service so that faults of the exporter
// cannot affect the service. name is used in errors.
func NewForeignSpanExporter(name string, next sdktrace.SpanExporter) sdktrace.SpanExporter {
	return &foreignSpanExporter{NewForeign(name, nil, next.Shutdown), next}
}

// ExportSpans passes a copy of the slice to the exporter, which may continue after ctx
// has ended.
func (e *foreignSpanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	spans = slices.Clone(spans)
	return e.export(ctx, func(ctx context.Context) error { return e.next.ExportSpans(ctx, spans) })
}

// foreignLogExporter wraps a log exporter of the service.
type foreignLogExporter struct {
	*Foreign
	next sdklog.Exporter
}

// NewForeignLogExporter is [NewForeignSpanExporter] for log records.
func NewForeignLogExporter(name string, next sdklog.Exporter) sdklog.Exporter {
	return &foreignLogExporter{NewForeign(name, next.ForceFlush, next.Shutdown), next}
}

func (e *foreignLogExporter) Export(ctx context.Context, records []sdklog.Record) error {
	records = slices.Clone(records)
	return e.export(ctx, func(ctx context.Context) error { return e.next.Export(ctx, records) })
}

// foreignMetricExporter wraps a metric exporter of the service. If Temporality or
// Aggregation of the exporter panics, the SDK's default is used. The SDK calls these
// methods in the goroutine that creates an instrument, so a panic would reach the
// service.
type foreignMetricExporter struct {
	*Foreign
	next     sdkmetric.Exporter
	reporter *selflog.Reporter
}

// NewForeignMetricExporter is [NewForeignSpanExporter] for metrics.
func NewForeignMetricExporter(name string, next sdkmetric.Exporter, report *selflog.Reporter) sdkmetric.Exporter {
	return &foreignMetricExporter{NewForeign(name, next.ForceFlush, next.Shutdown), next, report}
}

func (e *foreignMetricExporter) Temporality(kind sdkmetric.InstrumentKind) metricdata.Temporality {
	return selectOrDefault(e, "Temporality", e.next.Temporality, sdkmetric.DefaultTemporalitySelector, kind)
}

func (e *foreignMetricExporter) Aggregation(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return selectOrDefault(e, "Aggregation", e.next.Aggregation, sdkmetric.DefaultAggregationSelector, kind)
}

// selectOrDefault returns selector(kind), or fallback(kind) if selector panics. It
// reports the panic. The argument call is the name of the exporter's method in the
// report.
func selectOrDefault[T any](e *foreignMetricExporter, call string, selector, fallback func(sdkmetric.InstrumentKind) T, kind sdkmetric.InstrumentKind) (selected T) {
	defer func() {
		if value := recover(); value != nil {
			reportPanic(e.reporter, e.name, call, value)
			selected = fallback(kind)
		}
	}()
	return selector(kind)
}

// Export passes a copy of the struct to the exporter. Export returns when ctx ends, and
// the reader then clears data, although the exporter may still be reading.
func (e *foreignMetricExporter) Export(ctx context.Context, data *metricdata.ResourceMetrics) error {
	dataCopy := *data
	return e.export(ctx, func(ctx context.Context) error { return e.next.Export(ctx, &dataCopy) })
}
