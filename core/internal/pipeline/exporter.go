package pipeline

import (
	"context"
	"errors"
	"sync"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/sanitize"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/core/suppress"
)

// The exporters are wrapped to sanitize the data, to count the outcomes, and to abort an
// export in progress when time runs out.

// Lifetime is the time during which an exporter may export. When Context ends, every
// export in progress is aborted.
type Lifetime struct {
	Context context.Context
	// cancel ends Context.
	cancel context.CancelCauseFunc
	// shutdownDone is closed after the exporter was shut down.
	shutdownDone chan struct{}
	closeOnce    sync.Once
	// Release closes the connection of the exporter. It may be nil.
	Release func() error
}

// NewLifetime returns a lifetime that calls release at its end; release may be
// nil.
func NewLifetime(release func() error) *Lifetime {
	ctx, giveUp := context.WithCancelCause(context.Background())
	return &Lifetime{Context: ctx, cancel: giveUp, shutdownDone: make(chan struct{}), Release: release}
}

// exportContext returns the context of an export. It ends with ctx or with the lifetime,
// whichever ends first. The caller must call cancel. In the context, no spans are
// recorded and no log records are exported: the telemetry of an export, such as a span of
// an instrumented client, would have to be exported too, and so on without end.
func (l *Lifetime) exportContext(ctx context.Context) (limited context.Context, cancel func()) {
	ctx, cancelCause := context.WithCancelCause(selflog.WithMark(suppress.Context(ctx)))
	end := func() { cancelCause(context.Cause(l.Context)) }
	stop := context.AfterFunc(l.Context, end)
	if l.Context.Err() != nil {
		end() // end at once, without waiting for AfterFunc
	}
	return ctx, func() {
		stop()
		cancelCause(nil)
	}
}

// Close shuts down an exporter once and closes its connection.
func (l *Lifetime) Close(ctx context.Context, shutdown func(context.Context) error) (err error) {
	l.closeOnce.Do(func() {
		defer close(l.shutdownDone)
		err = shutdown(ctx)
		if l.Release != nil {
			err = errors.Join(err, l.Release())
		}
		l.cancel(exporterror.ErrGivenUp)
	})
	return err
}

// withoutCancel returns ctx with its deadline but without its cancellation. When a
// shutdown begins, the SDK cancels the metric export in progress, which would lose the
// export. If the export takes too long, the end of the lifetime aborts it.
func withoutCancel(ctx context.Context) (context.Context, context.CancelFunc) {
	uncanceled := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(uncanceled, deadline)
	}
	return uncanceled, func() {}
}

// SpanExporter exports the spans of a queue and counts the outcomes.
type SpanExporter struct {
	*Lifetime
	*Queue
	// Next is an exporter that sanitizes spans while it encodes them.
	Next sdktrace.SpanExporter
}

// ExportSpans exports the spans, in parts if they are too large for one
// message.
func (e *SpanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	n := e.Leave(len(spans))
	e.Submit(n)
	ctx, cancel := e.exportContext(ctx)
	defer cancel()
	return exportDivided(ctx, e.Counter, spans, n, func(part []sdktrace.ReadOnlySpan) error { return e.Next.ExportSpans(ctx, part) })
}

// Shutdown shuts down the wrapped exporter and ends all exports.
func (e *SpanExporter) Shutdown(ctx context.Context) error { return e.Close(ctx, e.Next.Shutdown) }

// LogExporter is [SpanExporter] for log records.
type LogExporter struct {
	*Lifetime
	*Queue
	Next sdklog.Exporter
}

// Export exports the records, in parts if they are too large for one message.
func (e *LogExporter) Export(ctx context.Context, records []sdklog.Record) error {
	if len(records) == 0 {
		return nil
	}
	n := e.Leave(len(records))
	e.Submit(n)
	ctx, cancel := e.exportContext(ctx)
	defer cancel()
	return exportDivided(ctx, e.Counter, sanitize.Records(records), n, func(part []sdklog.Record) error { return e.Next.Export(ctx, part) })
}

// Shutdown shuts down the wrapped exporter and ends all exports.
func (e *LogExporter) Shutdown(ctx context.Context) error { return e.Close(ctx, e.Next.Shutdown) }

// ForceFlush flushes the wrapped exporter.
func (e *LogExporter) ForceFlush(ctx context.Context) error {
	ctx, cancel := e.exportContext(ctx)
	defer cancel()
	return e.Next.ForceFlush(ctx)
}

// MetricExporter exports metrics and counts the outcomes of exports and data
// points.
type MetricExporter struct {
	*Lifetime
	*account.Counter
	Points *account.Counters
	// Resource is the resource that the provider was created with.
	Resource *resource.Resource
	// Exporter is the wrapped exporter. It selects temporality and aggregation.
	sdkmetric.Exporter
}

// Export exports the metrics, in parts if they are too large for one message.
func (e *MetricExporter) Export(ctx context.Context, data *metricdata.ResourceMetrics) error {
	if len(data.ScopeMetrics) == 0 {
		return nil
	}
	e.Count(1)
	e.Submit(1)
	points := countPoints(data)
	e.Points.Count(points)
	e.Points.Submit(points)
	ctx, release := withoutCancel(ctx)
	defer release()
	ctx, cancel := e.exportContext(ctx)
	defer cancel()
	data.Resource = e.Resource // without the attributes that the SDK has merged into the resource
	sanitize.Metrics(data)
	return e.Settle(1, e.exportDivided(ctx, data))
}

// Shutdown shuts down the wrapped exporter and ends all exports.
func (e *MetricExporter) Shutdown(ctx context.Context) error {
	return e.Close(ctx, e.Exporter.Shutdown)
}
