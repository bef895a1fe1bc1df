package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/logtest"
)

// funcExporter is a metric exporter whose Export calls the function export.
type funcExporter struct {
	sdkmetric.Exporter
	// export is called by Export with its context.
	export func(context.Context) error
}

func (e funcExporter) Export(ctx context.Context, _ *metricdata.ResourceMetrics) error {
	return e.export(ctx)
}

// TestShutdownDoesNotCancelMetricExport proves that an export in progress continues when
// a shutdown begins and the SDK cancels the context of its export loop. If the export
// takes too long, the end of the lifetime aborts it.
func TestShutdownDoesNotCancelMetricExport(t *testing.T) {
	data := &metricdata.ResourceMetrics{ScopeMetrics: make([]metricdata.ScopeMetrics, 1)}
	line := NewLifetime(nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	e := &MetricExporter{Lifetime: line, Counter: account.NewCounter("metrics", "export", "data point", nil), Points: new(account.Counters), Exporter: funcExporter{export: func(exportCtx context.Context) error {
		cancel() // the SDK does this in a shutdown
		if _, bounded := exportCtx.Deadline(); !bounded {
			t.Error("the export has lost its deadline")
		}
		return exportCtx.Err()
	}}}
	if err := e.Export(ctx, data); err != nil {
		t.Errorf("got %v from an export that was under way", err)
	}
	logger, _ := logtest.New()
	report := selflog.NewReporter(func() *slog.Logger { return logger })
	errAbandoned := errors.New("given up")
	e = &MetricExporter{Lifetime: line, Counter: account.NewCounter("traces", "span", "span", report), Points: new(account.Counters), Exporter: funcExporter{export: func(exportCtx context.Context) error {
		line.cancel(errAbandoned)
		<-exportCtx.Done()
		return context.Cause(exportCtx)
	}}}
	if err := e.Export(t.Context(), data); !errors.Is(err, errAbandoned) {
		t.Errorf("got %v, want what the lifetime was given up for", err)
	}
}
