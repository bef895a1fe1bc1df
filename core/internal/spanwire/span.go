package spanwire

import (
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// These are field numbers of opentelemetry.proto.trace.v1.Span.
const (
	spanTraceID           = 1
	spanSpanID            = 2
	spanTraceState        = 3
	spanParentSpanID      = 4
	spanName              = 5
	spanKind              = 6
	spanStart             = 7
	spanEnd               = 8
	spanAttributes        = 9
	spanDroppedAttributes = 10
	spanEvents            = 11
	spanDroppedEvents     = 12
	spanLinks             = 13
	spanDroppedLinks      = 14
	spanStatus            = 15
	spanFlags             = 16

	eventTime              = 1
	eventName              = 2
	eventAttributes        = 3
	eventDroppedAttributes = 4

	linkTraceID           = 1
	linkSpanID            = 2
	linkTraceState        = 3
	linkAttributes        = 4
	linkDroppedAttributes = 5
	linkFlags             = 6

	statusMessage = 2
	statusCode    = 3
)

// span writes the content of a Span.
func (m *message) span(s sdktrace.ReadOnlySpan) {
	sc, parent := s.SpanContext(), s.Parent()
	traceID, spanID, parentID := sc.TraceID(), sc.SpanID(), parent.SpanID()
	m.bytes(spanTraceID, traceID[:])
	m.bytes(spanSpanID, spanID[:])
	m.text(spanTraceState, sc.TraceState().String())
	if parentID.IsValid() {
		m.bytes(spanParentSpanID, parentID[:])
	}
	m.text(spanName, s.Name())
	m.varint(spanKind, kindNumber(s.SpanKind()))
	m.fixed64(spanStart, unixNanoseconds(s.StartTime()))
	m.fixed64(spanEnd, unixNanoseconds(s.EndTime()))
	m.attributes(spanAttributes, s.Attributes())
	m.count(spanDroppedAttributes, s.DroppedAttributes())
	m.events(s.Events())
	m.count(spanDroppedEvents, s.DroppedEvents())
	m.links(s.Links())
	m.count(spanDroppedLinks, s.DroppedLinks())
	m.status(s.Status())
	m.fixed32(spanFlags, spanFlagBits(sc.TraceFlags(), parent.IsRemote()))
}

func (m *message) events(events []sdktrace.Event) {
	for i := range events {
		event := &events[i]
		start := m.beginNested(spanEvents)
		m.fixed64(eventTime, unixNanoseconds(event.Time))
		m.text(eventName, event.Name)
		m.attributes(eventAttributes, event.Attributes)
		m.count(eventDroppedAttributes, event.DroppedAttributeCount)
		m.endNested(start)
	}
}

func (m *message) links(links []sdktrace.Link) {
	for i := range links {
		link := &links[i]
		sc := link.SpanContext
		traceID, spanID := sc.TraceID(), sc.SpanID()
		start := m.beginNested(spanLinks)
		m.bytes(linkTraceID, traceID[:])
		m.bytes(linkSpanID, spanID[:])
		m.text(linkTraceState, sc.TraceState().String())
		m.attributes(linkAttributes, link.Attributes)
		m.count(linkDroppedAttributes, link.DroppedAttributeCount)
		m.fixed32(linkFlags, spanFlagBits(sc.TraceFlags(), sc.IsRemote()))
		m.endNested(start)
	}
}

// status writes a Status, even if it is empty.
func (m *message) status(status sdktrace.Status) {
	start := m.beginNested(spanStatus)
	m.text(statusMessage, status.Description)
	switch status.Code {
	case codes.Ok:
		m.varint(statusCode, uint64(tracepb.Status_STATUS_CODE_OK))
	case codes.Error:
		m.varint(statusCode, uint64(tracepb.Status_STATUS_CODE_ERROR))
	case codes.Unset:
	}
	m.endNested(start)
}

func kindNumber(k trace.SpanKind) uint64 {
	switch k {
	case trace.SpanKindInternal:
		return uint64(tracepb.Span_SPAN_KIND_INTERNAL)
	case trace.SpanKindServer:
		return uint64(tracepb.Span_SPAN_KIND_SERVER)
	case trace.SpanKindClient:
		return uint64(tracepb.Span_SPAN_KIND_CLIENT)
	case trace.SpanKindProducer:
		return uint64(tracepb.Span_SPAN_KIND_PRODUCER)
	case trace.SpanKindConsumer:
		return uint64(tracepb.Span_SPAN_KIND_CONSUMER)
	default:
		return uint64(tracepb.Span_SPAN_KIND_UNSPECIFIED)
	}
}

// spanFlagBits returns the W3C flags combined with OTLP's flags, which say whether the
// parent, or the span of a link, is remote.
func spanFlagBits(w3c trace.TraceFlags, remote bool) uint32 {
	f := uint32(w3c) | uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	if remote {
		f |= uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	}
	return f
}

// unixNanoseconds returns the nanoseconds since 1970, or 0 for an earlier time.
func unixNanoseconds(t time.Time) uint64 { return uint64(max(0, t.UnixNano())) }
