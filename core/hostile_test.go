package core

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

const (
	hostile   = "caf\xe9 \xff\xfe"
	sanitized = "caf\uFFFD \uFFFD"
)

// TestHostileBytes proves that a string with invalid UTF-8, wherever it is,
// affects nothing else: protobuf would otherwise reject the whole batch.
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
	bad := r.span("hostile " + sanitized)
	if bad == nil {
		t.Fatalf("the hostile span did not arrive: %v", r.spanNames())
	}
	if got := bad.Attributes[0]; got.Key != "key "+sanitized || got.Value.GetStringValue() != sanitized {
		t.Errorf("got %v", got)
	}
	if got := bad.Attributes[1].Value.GetArrayValue().Values; got[0].GetStringValue() != "good" || got[1].GetStringValue() != sanitized {
		t.Errorf("got %v", got)
	}
	if bad.Events[0].Name != "event "+sanitized || bad.Status.Message != sanitized || bad.Links[0].Attributes[0].Key != "key "+sanitized {
		t.Errorf("got %v", bad)
	}
	if got := len(r.metrics); got != 2 {
		t.Errorf("got %d metrics, want 2", got)
	}
	if got := len(r.records); got != 3 || r.records[1].Body.GetStringValue() != sanitized {
		t.Errorf("got records %v, want 3", r.records)
	}
	if got := len(r.logScopes); got != 2 || r.logScopes[1].Name != sanitized || r.logScopes[1].Version != sanitized || len(r.logScopes[1].Attributes) != len(everything) {
		t.Errorf("got scopes %v, want that of test and the sanitized one", r.logScopes)
	}
	service := ""
	for _, kv := range r.resources[0].Attributes {
		if kv.Key == "service.name" {
			service = kv.Value.GetStringValue()
		}
	}
	if service != "orders "+sanitized {
		t.Errorf("got service %q", service)
	}
}

// TestHostileBytesByOpenTelemetrysExporter does the same with the SDK's
// experimental metrics enabled, in which case its own span exporter is used.
func TestHostileBytesByOpenTelemetrysExporter(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_GO_X_OBSERVABILITY", "true"})
	endSpans(t, tel, 2)
	_, span := tel.TracerProvider().Tracer(hostile).Start(t.Context(), "hostile "+hostile, trace.WithAttributes(attribute.String("key "+hostile, hostile)))
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Errorf("got %v, want that nothing was lost", err)
	}
	bad := r.span("hostile " + sanitized)
	if bad == nil || len(r.spans) != 3 {
		t.Fatalf("got %v, want three spans, one of them sanitized", r.spanNames())
	}
	if got := bad.Attributes[0]; got.Key != "key "+sanitized || got.Value.GetStringValue() != sanitized {
		t.Errorf("got %v", got)
	}
}
