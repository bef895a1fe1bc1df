package core

import (
	"context"
	"log/slog"
	"testing"

	"go.opentelemetry.io/otel"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// These exporters call work with the context of each export, as an exporter does that
// sends with an instrumented client.
type (
	workingSpanExporter struct {
		memorySpanExporter
		work func(context.Context)
	}
	workingLogExporter struct {
		memoryLogExporter
		work func(context.Context)
	}
	workingMetricExporter struct {
		memoryMetricExporter
		work func(context.Context)
	}
)

func (e *workingSpanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	e.work(ctx)
	return e.memorySpanExporter.ExportSpans(ctx, spans)
}

func (e *workingLogExporter) Export(ctx context.Context, records []sdklog.Record) error {
	e.work(ctx)
	return e.memoryLogExporter.Export(ctx, records)
}

func (e *workingMetricExporter) Export(ctx context.Context, data *metricdata.ResourceMetrics) error {
	e.work(ctx)
	return e.memoryMetricExporter.Export(ctx, data)
}

// TestExportCausesNoFurtherExport proves that the spans and log records of an export, such
// as those of an instrumented client that fetches a token, are not exported. Otherwise
// each export would cause the next one, without end.
func TestExportCausesNoFurtherExport(t *testing.T) {
	var logger *slog.Logger
	work := func(ctx context.Context) {
		ctx, span := otel.Tracer("client").Start(ctx, "fetch token")
		defer span.End()
		logger.InfoContext(ctx, "token fetched")
	}
	headers := WithHeaders(func(ctx context.Context) (map[string]string, error) {
		work(ctx)
		return map[string]string{"authorization": "token"}, nil
	})
	for name, options := range map[string][]Option{
		"headers":         {headers},
		"span exporter":   {WithSpanExporter(&workingSpanExporter{work: work})},
		"log exporter":    {WithLogExporter(&workingLogExporter{work: work})},
		"metric exporter": {WithMetricExporter(&workingMetricExporter{work: work})},
	} {
		for _, protocol := range []string{"grpc", "http/protobuf"} {
			t.Run(name+" "+protocol, func(t *testing.T) {
				r := newHTTPReceiver(t, nil)
				if protocol == "grpc" {
					r = newReceiver(t, nil)
				}
				tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
					"OTEL_TRACES_SAMPLER", "always_on"}, options...)
				logger = slog.New(tel.LogHandler("client", nil))
				emitEachSignal(t, tel, "work")
				for range 3 {
					if err := tel.ForceFlush(t.Context()); err != nil {
						t.Error(err)
					}
				}
				if err := tel.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				if got := r.spanCountsByName(); got["work"] != 1 || len(got) != 1 {
					t.Errorf("exported the spans %v, want only the one of the service", got)
				}
				if len(r.records) != 1 {
					t.Errorf("exported %d log records, want only the one of the service: %v", len(r.records), r.records)
				}
				if got := tel.Stats(); got.Traces.Ended != 1 || got.Logs.Ended != 1 {
					t.Errorf("got %+v, want one span and one log record", got)
				}
			})
		}
	}
}
