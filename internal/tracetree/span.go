package tracetree

import "time"

// Span is one span of a trace.
type Span struct {
	// TraceID and SpanID identify the span, ParentID its parent, which is
	// empty for the root of a trace. They are printed as they are; usually
	// they are hexadecimal.
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
	// StatusMessage is the description of a status of StatusError.
	StatusMessage string

	Attributes []Attribute
	Events     []Event
	Links      []Link
}

// Kind is a span's kind, as it is printed.
type Kind string

// The kinds of OpenTelemetry. An empty Kind is printed as KindInternal.
const (
	KindInternal Kind = "INTERNAL"
	KindServer   Kind = "SERVER"
	KindClient   Kind = "CLIENT"
	KindProducer Kind = "PRODUCER"
	KindConsumer Kind = "CONSUMER"
)

// Status is how what a span stands for has ended.
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

// Event is something that happened during a span. One named "exception" is
// printed with its type and message; its stack trace is not.
type Event struct {
	Name       string
	Time       time.Time
	Attributes []Attribute
}

// Link is another span that a span has to do with.
type Link struct {
	TraceID string
	SpanID  string
}

// Duration is how long the span took, 0 if it has no end.
func (s *Span) Duration() time.Duration {
	if s.End.Before(s.Start) {
		return 0
	}
	return s.End.Sub(s.Start)
}

func (s *Span) attribute(key string) string { return find(s.Attributes, key) }

func find(attributes []Attribute, key string) string {
	for _, a := range attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}
