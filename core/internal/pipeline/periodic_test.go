package pipeline

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// timedExporter is a metric exporter that records when it is called.
type timedExporter struct {
	sdkmetric.Exporter
	start time.Time
	// exports are the times of the calls of Export, and flushes and shutdowns count the calls
	// of the other methods.
	exports            []time.Duration
	flushes, shutdowns int
	// err is the result of Export.
	err error
}

func (e *timedExporter) Temporality(sdkmetric.InstrumentKind) metricdata.Temporality {
	return metricdata.DeltaTemporality
}

func (e *timedExporter) Aggregation(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(kind)
}

func (e *timedExporter) Export(_ context.Context, data *metricdata.ResourceMetrics) error {
	if len(data.ScopeMetrics) > 0 {
		e.exports = append(e.exports, time.Since(e.start))
	}
	return e.err
}

func (e *timedExporter) ForceFlush(context.Context) error { e.flushes++; return nil }
func (e *timedExporter) Shutdown(context.Context) error   { e.shutdowns++; return nil }

// TestPeriodicReaderExportsLikeSDK proves that this package's reader exports at the same
// times, and returns the same errors, as the SDK's reader.
func TestPeriodicReaderExportsLikeSDK(t *testing.T) {
	for name, batchSize := range map[string]string{"own": "", "SDK": "100"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_GO_X_METRIC_EXPORT_BATCH_SIZE", batchSize)
			synctest.Test(t, func(t *testing.T) {
				e := &timedExporter{start: time.Now()}
				reader := NewPeriodicReader(e, PeriodicConfig{Interval: 10 * time.Second, Timeout: 5 * time.Second, Report: func(err error) { t.Error(err) }})
				if _, own := reader.(*periodicReader); own != (name == "own") {
					t.Errorf("got a reader of type %T", reader)
				}
				provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
				gauge, err := provider.Meter("test").Int64ObservableGauge("things", metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
					o.Observe(1)
					return nil
				}))
				if err != nil || gauge == nil {
					t.Fatal(err)
				}
				<-time.After(24 * time.Second)
				if err := reader.ForceFlush(t.Context()); err != nil {
					t.Error(err)
				}
				<-time.After(11 * time.Second) // a flush resets the interval
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				if err := reader.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				if err := reader.ForceFlush(t.Context()); !errors.Is(err, sdkmetric.ErrReaderShutdown) {
					t.Errorf("got %v from a flush after the shutdown", err)
				}
				if err := reader.Shutdown(ended); !errors.Is(err, sdkmetric.ErrReaderShutdown) {
					t.Errorf("got %v from the second shutdown", err)
				}
				want := []time.Duration{10 * time.Second, 20 * time.Second, 24 * time.Second, 34 * time.Second, 35 * time.Second}
				if !slices.Equal(e.exports, want) || e.flushes != 1 || e.shutdowns != 1 {
					t.Errorf("got exports at %v, %d flushes and %d shutdowns, want exports at %v", e.exports, e.flushes, e.shutdowns, want)
				}
			})
		})
	}
}

// TestPeriodicReaderReturnsErrors proves that a flush and a shutdown return the error of
// the export, and that a flush returns when its context ends.
func TestPeriodicReaderReturnsErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &timedExporter{err: errors.New("refused")}
		reader := NewPeriodicReader(e, PeriodicConfig{Interval: time.Hour, Timeout: time.Second})
		release := make(chan struct{})
		_, err := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test").Int64ObservableGauge("things",
			metric.WithInt64Callback(func(context.Context, metric.Int64Observer) error { <-release; return nil }))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := reader.ForceFlush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v from a flush whose callback blocks", err)
		}
		close(release)
		if err := reader.ForceFlush(t.Context()); !errors.Is(err, e.err) {
			t.Errorf("got %v from a flush, want %v", err, e.err)
		}
		if err := reader.Shutdown(t.Context()); !errors.Is(err, e.err) || e.shutdowns != 1 {
			t.Errorf("got %v from the shutdown, want %v", err, e.err)
		}
	})
}

// TestPeriodicReaderShutdownInterruptsCallback proves that a shutdown ends the context of a
// callback that is running for an earlier export, and then exports the current metrics. The
// callback would otherwise use up the time of the shutdown.
func TestPeriodicReaderShutdownInterruptsCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &timedExporter{start: time.Now()}
		reader := NewPeriodicReader(e, PeriodicConfig{Interval: 10 * time.Second, Timeout: time.Hour, Report: func(error) {}})
		calls := 0
		_, err := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test").Int64ObservableGauge("things",
			metric.WithInt64Callback(func(ctx context.Context, o metric.Int64Observer) error {
				calls++
				if calls == 1 { // a query that does not return
					<-ctx.Done()
					return ctx.Err()
				}
				o.Observe(1)
				return nil
			}))
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(11 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := reader.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if want := []time.Duration{11 * time.Second}; !slices.Equal(e.exports, want) {
			t.Errorf("got exports at %v, want %v", e.exports, want)
		}
	})
}
