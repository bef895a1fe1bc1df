package pipeline

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/hedge"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/logtest"
)

// slowExporter is a metric exporter whose exports continue for delay after their context
// has ended.
type slowExporter struct{ delay time.Duration }

func (slowExporter) Temporality(kind sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DefaultTemporalitySelector(kind)
}

func (slowExporter) Aggregation(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(kind)
}

func (e slowExporter) Export(ctx context.Context, _ *metricdata.ResourceMetrics) error {
	<-ctx.Done()
	<-time.After(e.delay)
	return context.Cause(ctx)
}

func (slowExporter) ForceFlush(context.Context) error { return nil }
func (slowExporter) Shutdown(context.Context) error   { return nil }

// TestShutdownCountsAbortedMetricExport proves that if a shutdown aborts an export of
// metrics, the export is counted before the shutdown returns. The exporter is shut down
// while this export is in progress.
func TestShutdownCountsAbortedMetricExport(t *testing.T) {
	for _, test := range []struct {
		name string
		// exportTime is how long the export continues after its context has ended.
		exportTime time.Duration
		// took is how long the shutdown takes.
		took time.Duration
		// failed is the number of exports that are counted as failed.
		failed uint64
	}{
		{"an export that ends", abortedExportWait / 5, time.Second + abortedExportWait/5, 1},
		{"an export that does not end", time.Hour, time.Second + abortedExportWait, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logger, _ := logtest.New()
				p := New("metrics", "export", "data point", selflog.NewReporter(func() *slog.Logger { return logger }))
				p.Points, p.Lifetime = new(account.Counters), NewLifetime(nil)
				exporter := &MetricExporter{Lifetime: p.Lifetime, Counter: p.Counter, Points: p.Points, Exporter: slowExporter{test.exportTime}}
				reader := NewPeriodicReader(exporter, PeriodicConfig{Interval: time.Minute, Timeout: 30 * time.Second})
				p.Provider, p.End = reader, exporter.Shutdown
				counter, err := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test").Int64Counter("things")
				if err != nil {
					t.Fatal(err)
				}
				counter.Add(t.Context(), 1)
				limit, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				loss, err := p.Shutdown(limit)
				if took := time.Since(began); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if (loss != nil) != (test.failed > 0) || (err != nil) != (loss == nil) {
					t.Errorf("got %+v and %v", loss, err)
				}
				want := account.Counts{Ended: 1, Failed: test.failed, Queued: 1 - test.failed}
				if exports, points := p.Stats(), p.Points.Stats(); exports != want || points != want {
					t.Errorf("got %+v and %+v of data points, want %+v", exports, points, want)
				}
				<-time.After(test.exportTime) // the export must end before the synctest bubble does
			})
		})
	}
}

// flushFunc is a provider whose ForceFlush calls the function.
type flushFunc func(context.Context) error

func (f flushFunc) ForceFlush(ctx context.Context) error { return f(ctx) }
func (flushFunc) Shutdown(context.Context) error         { return nil }

// TestLaterFlushHedgesExportOfEarlierFlush proves that a later flush causes a second
// attempt if the export of an earlier flush hangs on a connection that has silently
// failed. The earlier flush was too short for a second attempt.
func TestLaterFlushHedgesExportOfEarlierFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New("traces", "span", "span", nil)
		p.Urgency, p.Lifetime = new(hedge.Urgency), NewLifetime(nil)
		var attempts atomic.Int32
		p.Provider = flushFunc(func(ctx context.Context) error {
			_, err := hedge.Do(ctx, p.Urgency, func(ctx context.Context) (struct{}, error) {
				if attempts.Add(1) > 1 {
					return struct{}{}, nil
				}
				select {
				case <-ctx.Done():
				case <-time.After(time.Hour): // the timeout of an attempt
				}
				return struct{}{}, context.DeadlineExceeded
			}, func() func() { return func() {} })
			return err
		})
		flush := func(limit time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			_, err := p.Flush(ctx)
			return err
		}
		if err := flush(time.Millisecond); err == nil {
			t.Error("got no error of a flush that is too short")
		}
		if err := flush(10 * time.Second); err != nil || attempts.Load() != 3 {
			t.Errorf("got %v after %d attempts, want a second one, and one of the later flush", err, attempts.Load())
		}
	})
}
