package core

import (
	"context"
	"errors"
	"sync"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/sanitize"
)

// The exporters are wrapped: what they send is sanitized, what becomes of it is
// counted, and an export under way can be given up when time is.

// lifeline ends the exports of one signal for good.
type lifeline struct {
	ctx    context.Context
	giveUp context.CancelCauseFunc
	// closed is closed once the exporter has been shut down.
	closed   chan struct{}
	once     sync.Once
	resource func() error
}

// newLifeline returns a lifeline over what release frees, which may be nil.
func newLifeline(release func() error) *lifeline {
	ctx, giveUp := context.WithCancelCause(context.Background())
	return &lifeline{ctx: ctx, giveUp: giveUp, closed: make(chan struct{}), resource: release}
}

// attach returns ctx, which also ends with the lifeline.
func (l *lifeline) attach(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	end := func() { cancel(context.Cause(l.ctx)) }
	stop := context.AfterFunc(l.ctx, end)
	if l.ctx.Err() != nil {
		end() // at once, and not in AfterFunc's own time
	}
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// close shuts an exporter down, once, and frees its connection.
func (l *lifeline) close(ctx context.Context, shutdown func(context.Context) error) (err error) {
	l.once.Do(func() {
		defer close(l.closed)
		err = shutdown(ctx)
		if l.resource != nil {
			err = errors.Join(err, l.resource())
		}
		l.giveUp(exporterror.ErrGivenUp)
	})
	return err
}

// untilDeadline returns ctx with its deadline but without its cancellation. The
// SDK cancels an export of metrics that is under way when a shutdown begins,
// which would lose what is as good as sent; if it takes too long, the lifeline
// ends it.
func untilDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	kept := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(kept, deadline)
	}
	return kept, func() {}
}

type spanExporter struct {
	*lifeline
	*admission
	// next sanitizes the spans while it writes them.
	next sdktrace.SpanExporter
}

func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	n := e.leave(len(spans))
	e.Submit(n)
	ctx, cancel := e.attach(ctx)
	defer cancel()
	return exportDivided(ctx, e.Counter, spans, n, func(part []sdktrace.ReadOnlySpan) error { return e.next.ExportSpans(ctx, part) })
}

func (e *spanExporter) Shutdown(ctx context.Context) error { return e.close(ctx, e.next.Shutdown) }

type logExporter struct {
	*lifeline
	*admission
	next sdklog.Exporter
}

func (e *logExporter) Export(ctx context.Context, records []sdklog.Record) error {
	if len(records) == 0 {
		return nil
	}
	n := e.leave(len(records))
	e.Submit(n)
	ctx, cancel := e.attach(ctx)
	defer cancel()
	return exportDivided(ctx, e.Counter, sanitize.Records(records), n, func(part []sdklog.Record) error { return e.next.Export(ctx, part) })
}

func (e *logExporter) Shutdown(ctx context.Context) error   { return e.close(ctx, e.next.Shutdown) }
func (e *logExporter) ForceFlush(ctx context.Context) error { return e.next.ForceFlush(ctx) }

type metricExporter struct {
	*lifeline
	*account.Counter
	points *account.Tally
	// Exporter decides temporality and aggregation.
	sdkmetric.Exporter
}

func (e *metricExporter) Export(ctx context.Context, data *metricdata.ResourceMetrics) error {
	if len(data.ScopeMetrics) == 0 {
		return nil
	}
	e.Count(1)
	e.Submit(1)
	points := countPoints(data)
	e.points.Count(points)
	e.points.Submit(points)
	ctx, release := untilDeadline(ctx)
	defer release()
	ctx, cancel := e.attach(ctx)
	defer cancel()
	sanitize.Metrics(data)
	return e.Settle(1, e.exportDivided(ctx, data))
}

func (e *metricExporter) Shutdown(ctx context.Context) error {
	return e.close(ctx, e.Exporter.Shutdown)
}
