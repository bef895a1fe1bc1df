package spanwire

import (
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// These are field numbers of the messages Span, Span.Event, Span.Link and Status of OTLP.
// Each constant is named after the message and the field: spanTraceID is the number of
// Span.trace_id.
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

// writeSpan writes the content of a Span.
func (m *message) writeSpan(s sdktrace.ReadOnlySpan) {
	sc, parent := s.SpanContext(), s.Parent()
	traceID, spanID, parentID := sc.TraceID(), sc.SpanID(), parent.SpanID()
	m.writeBytes(spanTraceID, traceID[:])
	m.writeBytes(spanSpanID, spanID[:])
	m.writeText(spanTraceState, sc.TraceState().String())
	if parentID.IsValid() {
		m.writeBytes(spanParentSpanID, parentID[:])
	}
	m.writeText(spanName, s.Name())
	m.writeVarint(spanKind, kindNumber(s.SpanKind()))
	m.writeFixed64(spanStart, unixNanoseconds(s.StartTime()))
	m.writeFixed64(spanEnd, unixNanoseconds(s.EndTime()))
	m.writeAttributes(spanAttributes, s.Attributes())
	m.writeCount(spanDroppedAttributes, s.DroppedAttributes())
	m.writeEvents(s.Events())
	m.writeCount(spanDroppedEvents, s.DroppedEvents())
	m.writeLinks(s.Links())
	m.writeCount(spanDroppedLinks, s.DroppedLinks())
	m.writeStatus(s.Status())
	m.writeFixed32(spanFlags, spanFlagBits(sc.TraceFlags(), parent.IsRemote()))
}

func (m *message) writeEvents(events []sdktrace.Event) {
	for i := range events {
		event := &events[i]
		start := m.beginNested(spanEvents)
		m.writeFixed64(eventTime, unixNanoseconds(event.Time))
		m.writeText(eventName, event.Name)
		m.writeAttributes(eventAttributes, event.Attributes)
		m.writeCount(eventDroppedAttributes, event.DroppedAttributeCount)
		m.endNested(start)
	}
}

func (m *message) writeLinks(links []sdktrace.Link) {
	for i := range links {
		link := &links[i]
		sc := link.SpanContext
		traceID, spanID := sc.TraceID(), sc.SpanID()
		start := m.beginNested(spanLinks)
		m.writeBytes(linkTraceID, traceID[:])
		m.writeBytes(linkSpanID, spanID[:])
		m.writeText(linkTraceState, sc.TraceState().String())
		m.writeAttributes(linkAttributes, link.Attributes)
		m.writeCount(linkDroppedAttributes, link.DroppedAttributeCount)
		m.writeFixed32(linkFlags, spanFlagBits(sc.TraceFlags(), sc.IsRemote()))
		m.endNested(start)
	}
}

// writeStatus writes a Status, even if it is empty.
func (m *message) writeStatus(status sdktrace.Status) {
	start := m.beginNested(spanStatus)
	m.writeText(statusMessage, status.Description)
	switch status.Code {
	case codes.Ok:
		m.writeVarint(statusCode, uint64(tracepb.Status_STATUS_CODE_OK))
	case codes.Error:
		m.writeVarint(statusCode, uint64(tracepb.Status_STATUS_CODE_ERROR))
	case codes.Unset:
	}
	m.endNested(start)
}

// kindNumber returns the number of a span kind in OTLP.
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
