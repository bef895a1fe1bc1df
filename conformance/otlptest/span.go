package otlptest

import (
	"encoding/hex"
	"time"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Kind is a span's kind, in lower case.
type Kind string

// The kinds of spans.
const (
	KindUnspecified Kind = "unspecified"
	KindInternal    Kind = "internal"
	KindServer      Kind = "server"
	KindClient      Kind = "client"
	KindProducer    Kind = "producer"
	KindConsumer    Kind = "consumer"
)

// Status is a span's status code, in lower case.
type Status string

// The status codes of spans.
const (
	StatusUnset Status = "unset"
	StatusOK    Status = "ok"
	StatusError Status = "error"
)

// Span is one span as it was exported.
type Span struct {
	Origin
	// Proto is the OTLP message, for fields without a method here. It must not be
	// modified.
	Proto *tracepb.Span
	// Attributes are the span's attributes.
	Attributes Attributes
}

// Event is a span's event.
type Event struct {
	Name       string
	Time       time.Time
	Attributes Attributes
}

// Link is a span's link.
type Link struct {
	TraceID    string // lower-case hexadecimal
	SpanID     string // lower-case hexadecimal
	TraceState string
	Attributes Attributes
}

// Bits of a span's flags. flagIsRemote is set if the parent is remote. It is valid only if
// flagHasIsRemote is set: an exporter that does not know the flag leaves both at 0.
const (
	flagHasIsRemote = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	flagIsRemote    = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
)

// Name returns the span's name.
func (s Span) Name() string { return s.Proto.GetName() }

// TraceID returns the trace id in lower-case hexadecimal.
func (s Span) TraceID() string { return hex.EncodeToString(s.Proto.GetTraceId()) }

// SpanID returns the span id in lower-case hexadecimal.
func (s Span) SpanID() string { return hex.EncodeToString(s.Proto.GetSpanId()) }

// ParentID returns the parent's span id in lower-case hexadecimal, "" for a root span.
func (s Span) ParentID() string { return hex.EncodeToString(s.Proto.GetParentSpanId()) }

// TraceState returns the span's tracestate in the format of the header.
func (s Span) TraceState() string { return s.Proto.GetTraceState() }

// RemoteParent reports whether the span's flags say that its parent is in another
// process. It returns false for a root span, and if the exporter has not set the flags.
func (s Span) RemoteParent() bool {
	flags := s.Proto.GetFlags()
	return len(s.Proto.GetParentSpanId()) > 0 && flags&flagHasIsRemote != 0 && flags&flagIsRemote != 0
}

// Kind returns the span's kind.
func (s Span) Kind() Kind {
	switch s.Proto.GetKind() {
	case tracepb.Span_SPAN_KIND_INTERNAL:
		return KindInternal
	case tracepb.Span_SPAN_KIND_SERVER:
		return KindServer
	case tracepb.Span_SPAN_KIND_CLIENT:
		return KindClient
	case tracepb.Span_SPAN_KIND_PRODUCER:
		return KindProducer
	case tracepb.Span_SPAN_KIND_CONSUMER:
		return KindConsumer
	case tracepb.Span_SPAN_KIND_UNSPECIFIED:
	}
	return KindUnspecified
}

// Status returns the span's status code.
func (s Span) Status() Status {
	switch s.Proto.GetStatus().GetCode() {
	case tracepb.Status_STATUS_CODE_OK:
		return StatusOK
	case tracepb.Status_STATUS_CODE_ERROR:
		return StatusError
	case tracepb.Status_STATUS_CODE_UNSET:
	}
	return StatusUnset
}

// StatusMessage returns the description of the span's status.
func (s Span) StatusMessage() string { return s.Proto.GetStatus().GetMessage() }

// Start returns the time when the span started.
func (s Span) Start() time.Time { return timeFromUnixNano(s.Proto.GetStartTimeUnixNano()) }

// End returns the time when the span ended.
func (s Span) End() time.Time { return timeFromUnixNano(s.Proto.GetEndTimeUnixNano()) }

// Duration returns the time from start to end.
func (s Span) Duration() time.Duration { return s.End().Sub(s.Start()) }

// Attr returns the value of an attribute, as described for [Attributes], or nil if the
// span has no such attribute.
func (s Span) Attr(key string) any { return s.Attributes[key] }

// Events returns the span's events in order.
func (s Span) Events() []Event {
	events := make([]Event, 0, len(s.Proto.GetEvents()))
	for _, event := range s.Proto.GetEvents() {
		events = append(events, Event{
			Name:       event.GetName(),
			Time:       timeFromUnixNano(event.GetTimeUnixNano()),
			Attributes: newAttributes(event.GetAttributes()),
		})
	}
	return events
}

// Links returns the span's links in order.
func (s Span) Links() []Link {
	links := make([]Link, 0, len(s.Proto.GetLinks()))
	for _, link := range s.Proto.GetLinks() {
		links = append(links, Link{
			TraceID:    hex.EncodeToString(link.GetTraceId()),
			SpanID:     hex.EncodeToString(link.GetSpanId()),
			TraceState: link.GetTraceState(),
			Attributes: newAttributes(link.GetAttributes()),
		})
	}
	return links
}

// flattenSpans returns the spans of an export, each with its resource and scope.
func flattenSpans(request *collectortrace.ExportTraceServiceRequest) []Span {
	var spans []Span
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			origin := newOrigin(resource.GetResource(), resource.GetSchemaUrl(), scope.GetScope(), scope.GetSchemaUrl())
			for _, span := range scope.GetSpans() {
				spans = append(spans, Span{Origin: origin, Proto: span, Attributes: newAttributes(span.GetAttributes())})
			}
		}
	}
	return spans
}

// timeFromUnixNano converts an OTLP timestamp. It returns the zero time for 0.
func timeFromUnixNano(ns uint64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(ns)).UTC()
}
