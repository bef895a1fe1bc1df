package httpserver

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// UnknownSize is the size of a body that is not known.
const UnknownSize = -1

// Outcome is how an HTTP exchange ended, as the adapter saw it. The engine
// draws the conclusions.
type Outcome struct {
	// Status is the status code written to the wire, 0 if none was.
	Status int
	// Route is the matched route's template, where it was not known at the
	// start or has changed since. Empty keeps what was known.
	Route string
	// RequestSize and ResponseSize are the bytes of the bodies, as received
	// and as sent, or UnknownSize.
	RequestSize  int64
	ResponseSize int64
	// Panic is the value that the handler panicked with, nil if it did not.
	// End is then called while the goroutine panics, so that the stack is
	// the handler's.
	Panic any
	// Disconnected says that the client went away before it had the answer.
	Disconnected bool
	// Hijacked says that the handler took the connection over.
	Hijacked bool
	// Ended is when the exchange ended; the zero time is now.
	Ended time.Time
	// Header reads the response's headers, for those to be recorded.
	Header Header
	// RouteName, SpanName and Attributes are the user's hooks, nil where
	// there are none. An empty RouteName or SpanName keeps the default. What
	// a panicking hook would have said is left out, and the panic reported
	// once to OpenTelemetry's error handler.
	RouteName  func() string
	SpanName   func() string
	Attributes func() []attribute.KeyValue
}
