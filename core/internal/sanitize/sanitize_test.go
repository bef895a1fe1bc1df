package sanitize

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func TestValidStringsAreUnchanged(t *testing.T) {
	attributes := []attribute.KeyValue{attribute.String("key", "größe"), attribute.Int("n", 1), attribute.Bool("b", true)}
	if n := testing.AllocsPerRun(100, func() {
		if _, changed := Attributes(attributes); changed {
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
		if _, changed := Span(recorder.lastSpan); changed {
			t.Error("a good span was changed")
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

// TestCleanBatchAllocatesNothing proves that sanitizing allocates nothing in the usual
// case, in which all strings are valid.
func TestCleanBatchAllocatesNothing(t *testing.T) {
	attributes := []attribute.KeyValue{
		attribute.String("http.route", "/größe/{item_id}"), attribute.Int("n", 1), attribute.Bool("b", true), attribute.Float64("f", 1),
		attribute.Int64Slice("i", []int64{1, 2}),
	}
	var records []sdklog.Record
	loggers := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewSimpleProcessor(recordingExporter{&records})))
	logger := LoggerProvider(loggers).Logger("test")
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

	for signal, sanitize := range map[string]func(){
		"512 records": func() {
			if got := Records(records); len(got) != 512 || &got[0] != &records[0] {
				t.Errorf("got %d clean records, or a copy of them", len(got))
			}
		},
		"metrics": func() { Metrics(data) },
	} {
		if n := testing.AllocsPerRun(20, sanitize); n != 0 {
			t.Errorf("%s: got %v allocations, want none", signal, n)
		}
	}
}

// recordingExporter is a log exporter that keeps the records it receives.
type recordingExporter struct{ records *[]sdklog.Record }

func (e recordingExporter) Export(_ context.Context, records []sdklog.Record) error {
	*e.records = append(*e.records, records...)
	return nil
}

func (recordingExporter) Shutdown(context.Context) error   { return nil }
func (recordingExporter) ForceFlush(context.Context) error { return nil }

// spanRecorder is a span processor that stores the last span that has ended.
type spanRecorder struct {
	sdktrace.SpanProcessor
	lastSpan sdktrace.ReadOnlySpan
}

func (r *spanRecorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (r *spanRecorder) OnEnd(span sdktrace.ReadOnlySpan)                { r.lastSpan = span }
