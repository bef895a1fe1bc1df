package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/samespan/samespan/core/internal/account"
)

// FlushingReader is a metric reader that can be flushed.
type FlushingReader interface {
	sdkmetric.Reader
	ForceFlush(context.Context) error
}

// PeriodicConfig is the configuration of a periodic metric reader.
type PeriodicConfig struct {
	// Interval is the time between two exports. Timeout limits each export, including the
	// collection of the metrics.
	Interval, Timeout time.Duration
	// Options are options of the SDK's reader.
	Options []sdkmetric.PeriodicReaderOption
	// Report receives the errors of callbacks.
	Report func(error)
}

// NewPeriodicReader returns a metric reader that exports periodically. It is the SDK's
// reader if the SDK's experimental metrics are enabled, or if the size of an export is
// limited. Otherwise it is this package's reader.
func NewPeriodicReader(exporter sdkmetric.Exporter, config PeriodicConfig) FlushingReader {
	needsSDK := account.ExperimentalMetrics() || os.Getenv("OTEL_GO_X_METRIC_EXPORT_BATCH_SIZE") != ""
	options := []sdkmetric.ManualReaderOption{
		sdkmetric.WithTemporalitySelector(exporter.Temporality), sdkmetric.WithAggregationSelector(exporter.Aggregation),
	}
	for _, option := range config.Options {
		common, ok := option.(sdkmetric.ManualReaderOption)
		if !ok {
			needsSDK = true // WithMaxExportBatchSize
			break
		}
		options = append(options, common)
	}
	if needsSDK {
		return sdkmetric.NewPeriodicReader(exporter, append([]sdkmetric.PeriodicReaderOption{
			sdkmetric.WithInterval(config.Interval), sdkmetric.WithTimeout(config.Timeout),
		}, config.Options...)...)
	}
	r := &periodicReader{
		ManualReader: sdkmetric.NewManualReader(options...), PeriodicConfig: config, exporter: exporter,
		flushes: make(chan chan error), done: make(chan struct{}),
	}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	go r.run(ctx)
	return r
}

// periodicReader is a metric reader that exports periodically. The SDK's reader exports
// nothing if the callback of an observable instrument returns an error. With delta
// temporality, the values of all other instruments are then lost. periodicReader exports
// what was collected.
type periodicReader struct {
	*sdkmetric.ManualReader
	PeriodicConfig
	exporter sdkmetric.Exporter
	// flushes passes a channel to run for each flush. run sends the error of the export to
	// that channel.
	flushes chan chan error
	// stop ends run and the callbacks in progress, and done is closed when run has ended.
	stop         context.CancelFunc
	done         chan struct{}
	shutdownOnce sync.Once
}

// errReaderTimeout has the same text as the SDK's error.
var errReaderTimeout = errors.New("reader collect and export timeout")

// run exports at each interval, and at each flush, until ctx ends.
func (r *periodicReader) run(ctx context.Context) {
	defer close(r.done)
	ticker := time.NewTicker(r.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			handleError(r.collectAndExport(ctx))
		case result := <-r.flushes:
			result <- r.collectAndExport(ctx)
			ticker.Reset(r.Interval)
		case <-ctx.Done():
			return
		}
	}
}

// collectAndExport exports the current metrics. It reports the errors of callbacks.
func (r *periodicReader) collectAndExport(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, r.Timeout, errReaderTimeout)
	defer cancel()
	var data metricdata.ResourceMetrics
	if err := r.Collect(ctx, &data); err != nil {
		if data.Resource == nil {
			return err // nothing was collected
		}
		r.Report(fmt.Errorf("metrics: the callback of an observable instrument failed, the other metrics are exported: %w", err))
	}
	return r.exporter.Export(ctx, &data)
}

// ForceFlush exports the current metrics. The export continues if ctx ends earlier.
func (r *periodicReader) ForceFlush(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.Timeout, errReaderTimeout)
		defer cancel()
	}
	result := make(chan error, 1)
	select {
	case r.flushes <- result:
	case <-r.done:
		return sdkmetric.ErrReaderShutdown
	case <-ctx.Done():
		return ctx.Err()
	}
	return errors.Join(Within(ctx, result), r.exporter.ForceFlush(ctx))
}

// Shutdown cancels the callbacks in progress and waits for the export in progress, which
// [MetricExporter] protects from the cancellation. It then exports the current metrics, and shuts
// down the exporter.
func (r *periodicReader) Shutdown(ctx context.Context) error {
	err := sdkmetric.ErrReaderShutdown
	r.shutdownOnce.Do(func() {
		r.stop()
		<-r.done
		exportErr := r.collectAndExport(ctx)
		if errors.Is(exportErr, sdkmetric.ErrReaderNotRegistered) {
			exportErr = nil // Setup has failed before it built the provider
		}
		err = errors.Join(exportErr, r.ManualReader.Shutdown(ctx), r.exporter.Shutdown(ctx))
	})
	return err
}
