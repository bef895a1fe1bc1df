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
	// Proto is the span itself, for what has no method here. It must not be
	// changed.
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

// The bits of a span's flags that tell whether its parent is remote.
const (
	flagHasRemote = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	flagRemote    = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
)

// Name is the span's name.
func (s Span) Name() string { return s.Proto.GetName() }

// TraceID is the trace's id in lower-case hexadecimal.
func (s Span) TraceID() string { return hex.EncodeToString(s.Proto.GetTraceId()) }

// SpanID is the span's id in lower-case hexadecimal.
func (s Span) SpanID() string { return hex.EncodeToString(s.Proto.GetSpanId()) }

// ParentID is the parent span's id in lower-case hexadecimal, "" for a root.
func (s Span) ParentID() string { return hex.EncodeToString(s.Proto.GetParentSpanId()) }

// TraceState is the span's tracestate in the form of its header.
func (s Span) TraceState() string { return s.Proto.GetTraceState() }

// RemoteParent reports whether the span says that its parent is in another
// process. It is false for a root, and if the exporter does not tell.
func (s Span) RemoteParent() bool {
	flags := s.Proto.GetFlags()
	return len(s.Proto.GetParentSpanId()) > 0 && flags&flagHasRemote != 0 && flags&flagRemote != 0
}

// Kind is the span's kind.
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

// Status is the span's status code.
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

// StatusMessage is the description of the span's status.
func (s Span) StatusMessage() string { return s.Proto.GetStatus().GetMessage() }

// Start is when the span started.
func (s Span) Start() time.Time { return unixNano(s.Proto.GetStartTimeUnixNano()) }

// End is when the span ended.
func (s Span) End() time.Time { return unixNano(s.Proto.GetEndTimeUnixNano()) }

// Duration is the time from start to end.
func (s Span) Duration() time.Duration { return s.End().Sub(s.Start()) }

// Attr is the value of one attribute as [Attributes] describes it, nil if the
// span has none of that key.
func (s Span) Attr(key string) any { return s.Attributes[key] }

// Events are the span's events in their order.
func (s Span) Events() []Event {
	events := make([]Event, 0, len(s.Proto.GetEvents()))
	for _, event := range s.Proto.GetEvents() {
		events = append(events, Event{
			Name:       event.GetName(),
			Time:       unixNano(event.GetTimeUnixNano()),
			Attributes: newAttributes(event.GetAttributes()),
		})
	}
	return events
}

// Links are the span's links in their order.
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

// unixNano is the time of an OTLP timestamp; 0 stands for none.
func unixNano(ns uint64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(ns)).UTC()
}
