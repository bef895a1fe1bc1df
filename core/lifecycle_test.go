package core

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSetupExportsAllSignals(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithServiceName("orders"))

	ctx, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 3)
	var record log.Record
	record.SetBody(attribute.StringValue("hello"))
	tel.LoggerProvider().Logger("test").Emit(ctx, record)
	span.End()

	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.spanCountsByName(); got["work"] != 1 || len(got) != 1 {
		t.Errorf("got spans %v, want work", got)
	}
	if len(r.metrics) != 1 || r.metrics[0].Name != "things" {
		t.Errorf("got metrics %v, want things", r.metrics)
	}
	if len(r.records) != 1 || r.records[0].Body.GetStringValue() != "hello" {
		t.Errorf("got records %v, want hello", r.records)
	}
	want := Stats{
		Traces:  SpanStats{Ended: 1, Exported: 1},
		Metrics: MetricStats{Exported: 1, Points: PointStats{Ended: 1, Exported: 1}},
		Logs:    LogStats{Ended: 1, Exported: 1},
	}
	if got := tel.Stats(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := tel.Shutdown(context.Background()); err != nil {
		t.Errorf("the second Shutdown: %v", err)
	}
}
