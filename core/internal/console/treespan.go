package console

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/tracetree"
)

// toTreeSpan converts a span for the printer.
func toTreeSpan(span sdktrace.ReadOnlySpan) tracetree.Span {
	result := tracetree.Span{
		TraceID:    span.SpanContext().TraceID().String(),
		SpanID:     span.SpanContext().SpanID().String(),
		Name:       span.Name(),
		Kind:       toTreeKind(span.SpanKind()),
		Scope:      span.InstrumentationScope().Name,
		Start:      span.StartTime(),
		End:        span.EndTime(),
		Attributes: toTreeAttributes(span.Attributes()),
	}
	if parent := span.Parent(); parent.IsValid() {
		result.ParentID = parent.SpanID().String()
	}
	if service, ok := span.Resource().Set().Value(semconv.ServiceNameKey); ok {
		result.Service = service.AsString()
	}
	switch status := span.Status(); status.Code {
	case codes.Ok:
		result.Status = tracetree.StatusOK
	case codes.Error:
		result.Status, result.StatusMessage = tracetree.StatusError, status.Description
	}
	for _, event := range span.Events() {
		result.Events = append(result.Events, tracetree.Event{
			Name: event.Name, Time: event.Time, Attributes: toTreeAttributes(event.Attributes),
		})
	}
	for _, link := range span.Links() {
		result.Links = append(result.Links, tracetree.Link{
			TraceID: link.SpanContext.TraceID().String(), SpanID: link.SpanContext.SpanID().String(),
		})
	}
	return result
}

func toTreeKind(kind trace.SpanKind) tracetree.Kind {
	switch kind {
	case trace.SpanKindServer:
		return tracetree.KindServer
	case trace.SpanKindClient:
		return tracetree.KindClient
	case trace.SpanKindProducer:
		return tracetree.KindProducer
	case trace.SpanKindConsumer:
		return tracetree.KindConsumer
	}
	return tracetree.KindInternal
}

func toTreeAttributes(attributes []attribute.KeyValue) []tracetree.Attribute {
	result := make([]tracetree.Attribute, len(attributes))
	for i, kv := range attributes {
		result[i] = tracetree.Attribute{Key: string(kv.Key), Value: kv.Value.String()}
	}
	return result
}
