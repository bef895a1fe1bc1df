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
	// invalidText is not valid UTF-8. sanitizedText is the text that must be exported for it.
	invalidText   = "caf\xe9 \xff\xfe"
	sanitizedText = "caf\uFFFD \uFFFD"
)

// TestInvalidUTF8DoesNotAffectOtherTelemetry proves that a string with invalid UTF-8
// does not affect other telemetry, wherever it occurs. Without sanitizing, protobuf
// would reject the whole batch.
func TestInvalidUTF8DoesNotAffectOtherTelemetry(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address},
		WithServiceName("orders "+invalidText), WithResourceAttributes(attribute.String("team "+invalidText, invalidText)))
	attributes := []attribute.KeyValue{
		attribute.String("key "+invalidText, invalidText),
		attribute.StringSlice("slice", []string{"good", invalidText}),
		{Key: "nested", Value: attribute.SliceValue(attribute.MapValue(attribute.String(invalidText, invalidText)), attribute.IntValue(1))},
	}

	endSpans(t, tel, 10)
	tracer := tel.TracerProvider().Tracer(invalidText, trace.WithInstrumentationVersion(invalidText), trace.WithInstrumentationAttributes(attributes...))
	ctx, linked := tracer.Start(t.Context(), "linked")
	linked.End()
	_, span := tracer.Start(ctx, "hostile "+invalidText, trace.WithAttributes(attributes...),
		trace.WithLinks(trace.Link{SpanContext: linked.SpanContext(), Attributes: attributes}))
	span.AddEvent("event "+invalidText, trace.WithAttributes(attributes...))
	span.SetStatus(codes.Error, invalidText)
	span.End()

	counter, err := tel.MeterProvider().Meter(invalidText).Int64Counter("things", metric.WithDescription(invalidText), metric.WithUnit(invalidText))
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 1, metric.WithAttributes(attributes...))
	histogram, err := tel.MeterProvider().Meter("test").Float64Histogram("sizes")
	if err != nil {
		t.Fatal(err)
	}
	histogram.Record(ctx, 1, metric.WithAttributes(attributes...))

	logs := tel.LoggerProvider().Logger("test")
	for _, body := range []string{"good", invalidText} {
		var record log.Record
		record.SetBody(attribute.StringValue(body))
		record.SetSeverityText(body)
		record.SetEventName(body)
		record.AddAttributes(attributes...)
		logs.Emit(ctx, record)
	}
	var record log.Record
	record.SetBody(attribute.StringValue("of a hostile logger"))
	tel.LoggerProvider().Logger(invalidText, log.WithInstrumentationVersion(invalidText), log.WithSchemaURL(invalidText),
		log.WithInstrumentationAttributes(attributes...)).Emit(ctx, record)

	if err := tel.Shutdown(t.Context()); err != nil {
		t.Errorf("got %v, want that nothing was lost", err)
	}
	if got := len(r.spans); got != 12 {
		t.Errorf("got %d spans, want 12", got)
	}
	bad := r.span("hostile " + sanitizedText)
	if bad == nil {
		t.Fatalf("the hostile span did not arrive: %v", r.spanCountsByName())
	}
	if got := bad.Attributes[0]; got.Key != "key "+sanitizedText || got.Value.GetStringValue() != sanitizedText {
		t.Errorf("got %v", got)
	}
	if got := bad.Attributes[1].Value.GetArrayValue().Values; got[0].GetStringValue() != "good" || got[1].GetStringValue() != sanitizedText {
		t.Errorf("got %v", got)
	}
	if bad.Events[0].Name != "event "+sanitizedText || bad.Status.Message != sanitizedText || bad.Links[0].Attributes[0].Key != "key "+sanitizedText {
		t.Errorf("got %v", bad)
	}
	if got := len(r.metrics); got != 2 {
		t.Errorf("got %d metrics, want 2", got)
	}
	if got := len(r.records); got != 3 || r.records[1].Body.GetStringValue() != sanitizedText {
		t.Errorf("got records %v, want 3", r.records)
	}
	if got := len(r.logScopes); got != 2 || r.logScopes[1].Name != sanitizedText || r.logScopes[1].Version != sanitizedText || len(r.logScopes[1].Attributes) != len(attributes) {
		t.Errorf("got scopes %v, want that of test and the sanitized one", r.logScopes)
	}
	service := ""
	for _, kv := range r.resources[0].Attributes {
		if kv.Key == "service.name" {
			service = kv.Value.GetStringValue()
		}
	}
	if service != "orders "+sanitizedText {
		t.Errorf("got service %q", service)
	}
}

// TestInvalidUTF8WithSDKExporter proves that invalid UTF-8 does not affect other spans
// that OpenTelemetry's own span exporter sends. Setup uses that exporter if the SDK's
// experimental metrics are enabled.
func TestInvalidUTF8WithSDKExporter(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_GO_X_OBSERVABILITY", "true"})
	endSpans(t, tel, 2)
	_, span := tel.TracerProvider().Tracer(invalidText).Start(t.Context(), "hostile "+invalidText, trace.WithAttributes(attribute.String("key "+invalidText, invalidText)))
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Errorf("got %v, want that nothing was lost", err)
	}
	bad := r.span("hostile " + sanitizedText)
	if bad == nil || len(r.spans) != 3 {
		t.Fatalf("got %v, want three spans, one of them sanitized", r.spanCountsByName())
	}
	if got := bad.Attributes[0]; got.Key != "key "+sanitizedText || got.Value.GetStringValue() != sanitizedText {
		t.Errorf("got %v", got)
	}
}
