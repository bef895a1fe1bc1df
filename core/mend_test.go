package core

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	hostile = "caf\xe9 \xff\xfe"
	mended  = "caf\uFFFD \uFFFD"
)

// TestHostileBytes proves that a string that is not UTF-8, wherever it is,
// costs nothing but itself: protobuf would refuse the whole batch.
func TestHostileBytes(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
		WithServiceName("orders "+hostile), WithResourceAttributes(attribute.String("team "+hostile, hostile)))
	everything := []attribute.KeyValue{
		attribute.String("key "+hostile, hostile),
		attribute.StringSlice("slice", []string{"good", hostile}),
		{Key: "nested", Value: attribute.SliceValue(attribute.MapValue(attribute.String(hostile, hostile)), attribute.IntValue(1))},
	}

	endSpans(t, tel, 10)
	tracer := tel.TracerProvider().Tracer(hostile, trace.WithInstrumentationVersion(hostile), trace.WithInstrumentationAttributes(everything...))
	ctx, linked := tracer.Start(t.Context(), "linked")
	linked.End()
	_, span := tracer.Start(ctx, "hostile "+hostile, trace.WithAttributes(everything...),
		trace.WithLinks(trace.Link{SpanContext: linked.SpanContext(), Attributes: everything}))
	span.AddEvent("event "+hostile, trace.WithAttributes(everything...))
	span.SetStatus(codes.Error, hostile)
	span.End()

	counter, err := tel.MeterProvider().Meter(hostile).Int64Counter("things", metric.WithDescription(hostile), metric.WithUnit(hostile))
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 1, metric.WithAttributes(everything...))
	histogram, err := tel.MeterProvider().Meter("test").Float64Histogram("sizes")
	if err != nil {
		t.Fatal(err)
	}
	histogram.Record(ctx, 1, metric.WithAttributes(everything...))

	logs := tel.LoggerProvider().Logger("test")
	for _, body := range []string{"good", hostile} {
		var record log.Record
		record.SetBody(attribute.StringValue(body))
		record.SetSeverityText(body)
		record.SetEventName(body)
		record.AddAttributes(everything...)
		logs.Emit(ctx, record)
	}
	var record log.Record
	record.SetBody(attribute.StringValue("of a hostile logger"))
	tel.LoggerProvider().Logger(hostile, log.WithInstrumentationVersion(hostile), log.WithSchemaURL(hostile),
		log.WithInstrumentationAttributes(everything...)).Emit(ctx, record)

	if err := tel.Shutdown(t.Context()); err != nil {
		t.Errorf("got %v, want that nothing was lost", err)
	}
	if got := len(r.spans); got != 12 {
		t.Errorf("got %d spans, want 12", got)
	}
	bad := r.span("hostile " + mended)
	if bad == nil {
		t.Fatalf("the hostile span did not arrive: %v", r.spanNames())
	}
	if got := bad.Attributes[0]; got.Key != "key "+mended || got.Value.GetStringValue() != mended {
		t.Errorf("got %v", got)
	}
	if got := bad.Attributes[1].Value.GetArrayValue().Values; got[0].GetStringValue() != "good" || got[1].GetStringValue() != mended {
		t.Errorf("got %v", got)
	}
	if bad.Events[0].Name != "event "+mended || bad.Status.Message != mended || bad.Links[0].Attributes[0].Key != "key "+mended {
		t.Errorf("got %v", bad)
	}
	if got := len(r.metrics); got != 2 {
		t.Errorf("got %d metrics, want 2", got)
	}
	if got := len(r.records); got != 3 || r.records[1].Body.GetStringValue() != mended {
		t.Errorf("got records %v, want 3", r.records)
	}
	if got := len(r.logScopes); got != 2 || r.logScopes[1].Name != mended || r.logScopes[1].Version != mended || len(r.logScopes[1].Attributes) != len(everything) {
		t.Errorf("got scopes %v, want that of test and the mended one", r.logScopes)
	}
	service := ""
	for _, kv := range r.resources[0].Attributes {
		if kv.Key == "service.name" {
			service = kv.Value.GetStringValue()
		}
	}
	if service != "orders "+mended {
		t.Errorf("got service %q", service)
	}
}

// TestHostileBytesByOpenTelemetrysExporter is about the spans of a service that
// has the SDK's experiment on, for which ours does not write them.
func TestHostileBytesByOpenTelemetrysExporter(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_GO_X_OBSERVABILITY", "true"})
	endSpans(t, tel, 2)
	_, span := tel.TracerProvider().Tracer(hostile).Start(t.Context(), "hostile "+hostile, trace.WithAttributes(attribute.String("key "+hostile, hostile)))
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Errorf("got %v, want that nothing was lost", err)
	}
	bad := r.span("hostile " + mended)
	if bad == nil || len(r.spans) != 3 {
		t.Fatalf("got %v, want three spans, one of them mended", r.spanNames())
	}
	if got := bad.Attributes[0]; got.Key != "key "+mended || got.Value.GetStringValue() != mended {
		t.Errorf("got %v", got)
	}
}

func TestMendLeavesGoodAlone(t *testing.T) {
	attributes := []attribute.KeyValue{attribute.String("key", "größe"), attribute.Int("n", 1), attribute.Bool("b", true)}
	if n := testing.AllocsPerRun(100, func() {
		if _, changed := mendAttributes(attributes); changed {
			t.Error("good attributes were changed")
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}

	recorder := &spanRecorder{}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	_, span := provider.Tracer("test").Start(t.Context(), "good", trace.WithAttributes(attributes...))
	span.AddEvent("event", trace.WithAttributes(attributes...))
	span.End()
	if n := testing.AllocsPerRun(100, func() {
		if _, changed := mendSpan(recorder.last); changed {
			t.Error("a good span was changed")
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

// TestMendingACleanBatchAllocatesNothing is about what services export all day.
func TestMendingACleanBatchAllocatesNothing(t *testing.T) {
	attributes := []attribute.KeyValue{
		attribute.String("http.route", "/größe/{item_id}"), attribute.Int("n", 1), attribute.Bool("b", true), attribute.Float64("f", 1),
		attribute.Int64Slice("i", []int64{1, 2}),
	}
	var kept []sdklog.Record
	loggers := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewSimpleProcessor(keepingExporter{&kept})))
	logger := (&mendingLoggers{next: loggers}).Logger("test")
	for range 512 {
		var record log.Record
		record.SetBody(attribute.StringValue("größe"))
		record.SetSeverityText("INFO")
		record.AddAttributes(attributes...)
		logger.Emit(t.Context(), record)
	}
	set := attribute.NewSet(attributes...)
	data := &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{
		{Name: "sum", Unit: "s", Data: metricdata.Sum[int64]{DataPoints: []metricdata.DataPoint[int64]{{Attributes: set}}}},
		{Name: "histogram", Data: metricdata.Histogram[float64]{DataPoints: []metricdata.HistogramDataPoint[float64]{
			{Attributes: set, Exemplars: []metricdata.Exemplar[float64]{{FilteredAttributes: attributes}}}}}},
	}}}}

	for what, mend := range map[string]func(){
		"512 records": func() {
			if got := mendRecords(kept); len(got) != 512 || &got[0] != &kept[0] {
				t.Errorf("got %d clean records, or a copy of them", len(got))
			}
		},
		"metrics": func() { mendMetrics(data) },
	} {
		if n := testing.AllocsPerRun(20, mend); n != 0 {
			t.Errorf("%s: got %v allocations, want none", what, n)
		}
	}
}

// keepingExporter keeps records in memory.
type keepingExporter struct{ kept *[]sdklog.Record }

func (e keepingExporter) Export(_ context.Context, records []sdklog.Record) error {
	*e.kept = append(*e.kept, records...)
	return nil
}

func (keepingExporter) Shutdown(context.Context) error   { return nil }
func (keepingExporter) ForceFlush(context.Context) error { return nil }

type spanRecorder struct {
	sdktrace.SpanProcessor
	last sdktrace.ReadOnlySpan
}

func (r *spanRecorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (r *spanRecorder) OnEnd(span sdktrace.ReadOnlySpan)                { r.last = span }
