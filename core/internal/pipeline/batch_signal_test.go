package pipeline

import (
	"context"
	"errors"
	"testing"
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/samespan/samespan/core/internal/settings"
)

// stuckLogExporter is an exporter whose ForceFlush ends only with its context.
type stuckLogExporter struct{}

func (stuckLogExporter) Export(context.Context, []sdklog.Record) error { return nil }

func (stuckLogExporter) Shutdown(context.Context) error { return nil }

func (stuckLogExporter) ForceFlush(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// TestFlushOfLogExporterIsCanceledAfterTimeout proves that a flush of the exporter has the time
// limit of an export. Without a limit, it would block all later flushes.
func TestFlushOfLogExporterIsCanceledAfterTimeout(t *testing.T) {
	batches := NewLogBatches(stuckLogExporter{}, settings.BatchConfig{BatchSize: 2, Delay: time.Hour, ExportTimeout: time.Millisecond})
	flushed := make(chan error, 1)
	go func() { flushed <- batches.ForceFlush(t.Context()) }()
	if err := receiveWithin(t, flushed); !errors.Is(err, errExportTimeout) {
		t.Errorf("got %v, want %v", err, errExportTimeout)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_ = batches.Shutdown(ctx)
}
