package tracetree

import "time"

// Span is one span of a trace.
type Span struct {
	// TraceID and SpanID identify the span, and ParentID its parent; it is
	// empty for the root of a trace. They are printed unchanged; usually they
	// are hexadecimal.
	TraceID  string
	SpanID   string
	ParentID string

	Name string
	Kind Kind
	// Service is service.name of the resource.
	Service string
	// Scope is the name of the instrumentation scope. It is not printed.
	Scope string

	Start time.Time
	End   time.Time

	Status Status
	// StatusMessage is the description of StatusError.
	StatusMessage string

	Attributes []Attribute
	Events     []Event
	Links      []Link
}

// Kind is a span kind as it is printed.
type Kind string

// The kinds of OpenTelemetry. An empty Kind is printed as KindInternal.
const (
	KindInternal Kind = "INTERNAL"
	KindServer   Kind = "SERVER"
	KindClient   Kind = "CLIENT"
	KindProducer Kind = "PRODUCER"
	KindConsumer Kind = "CONSUMER"
)

// Status is the status of a span.
type Status int

// The statuses of OpenTelemetry.
const (
	StatusUnset Status = iota
	StatusOK
	StatusError
)

// Attribute is a key with its value as text.
type Attribute struct {
	Key   string
	Value string
}

// Event is an event of a span. An event named "exception" is printed with its
// type and message, without its stack trace.
type Event struct {
	Name       string
	Time       time.Time
	Attributes []Attribute
}

// Link is a link to another span.
type Link struct {
	TraceID string
	SpanID  string
}

// Duration returns the duration of the span, or 0 if it has no end.
func (s *Span) Duration() time.Duration {
	if s.End.Before(s.Start) {
		return 0
	}
	return s.End.Sub(s.Start)
}

func (s *Span) attribute(key string) string { return findAttribute(s.Attributes, key) }

func findAttribute(attributes []Attribute, key string) string {
	for _, a := range attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}
