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

// exportFunc is a metric exporter with a function as its Export.
type exportFunc struct {
	sdkmetric.Exporter
	export func(context.Context) error
}

func (e exportFunc) Export(ctx context.Context, _ *metricdata.ResourceMetrics) error {
	return e.export(ctx)
}

// TestMetricsUnderWayAtShutdown proves that a shutdown, which cancels the
// context of the SDK's export loop, does not lose the export in progress, and
// that one that takes too long ends with the lifetime.
func TestMetricsUnderWayAtShutdown(t *testing.T) {
	data := &metricdata.ResourceMetrics{ScopeMetrics: make([]metricdata.ScopeMetrics, 1)}
	line := NewLifetime(nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	e := &MetricExporter{Lifetime: line, Counter: account.NewCounter("metrics", "export", "data point", nil), Points: new(account.Counters), Exporter: exportFunc{export: func(inner context.Context) error {
		cancel() // as the SDK does in a shutdown
		if _, bounded := inner.Deadline(); !bounded {
			t.Error("the export has lost its deadline")
		}
		return inner.Err()
	}}}
	if err := e.Export(ctx, data); err != nil {
		t.Errorf("got %v from an export that was under way", err)
	}
	logger, _ := logtest.New()
	report := selflog.NewReporter(func() *slog.Logger { return logger })
	given := errors.New("given up")
	e = &MetricExporter{Lifetime: line, Counter: account.NewCounter("traces", "span", "span", report), Points: new(account.Counters), Exporter: exportFunc{export: func(inner context.Context) error {
		line.giveUp(given)
		<-inner.Done()
		return context.Cause(inner)
	}}}
	if err := e.Export(t.Context(), data); !errors.Is(err, given) {
		t.Errorf("got %v, want what the lifetime was given up for", err)
	}
}
