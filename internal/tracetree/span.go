package tracetree

import "time"

// Span is one span of a trace.
type Span struct {
	// TraceID and SpanID identify the span. ParentID identifies its parent, and is empty
	// for the root of a trace. The ids are usually hexadecimal, and are printed
	// unchanged.
	TraceID  string
	SpanID   string
	ParentID string

	Name string
	Kind Kind
	// Service is the value of service.name in the span's resource.
	Service string
	// Scope is the name of the instrumentation scope. It is not printed.
	Scope string

	Start time.Time
	End   time.Time

	Status Status
	// StatusMessage is the description of the status. It is printed if the status is
	// StatusError.
	StatusMessage string

	Attributes []Attribute
	Events     []Event
	Links      []Link
}

// Kind is the printed form of a span kind.
type Kind string

// These are the span kinds of OpenTelemetry. An empty Kind is printed as KindInternal.
const (
	KindInternal Kind = "INTERNAL"
	KindServer   Kind = "SERVER"
	KindClient   Kind = "CLIENT"
	KindProducer Kind = "PRODUCER"
	KindConsumer Kind = "CONSUMER"
)

// Status is the status of a span.
type Status int

// These are the span statuses of OpenTelemetry.
const (
	StatusUnset Status = iota
	StatusOK
	StatusError
)

// Attribute is a key with a value in text form.
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

// Duration returns the duration of the span, or 0 if the span has no end time.
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
