package httpserver

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// UnknownStatus is the status code of an answer that the adapter cannot see.
const UnknownStatus = -1

// Abort is why an answer did not go out in full. Each makes the span's status
// Error, with an error.type of its own: a server SHOULD set it when something
// prevents the complete response from being sent (HTTP semantic conventions
// v1.43, "Status").
type Abort uint8

const (
	// NotAborted is an answer that went out in full, as far as can be seen.
	NotAborted Abort = iota
	// AbortedByClient is a client that went away: client_disconnected.
	AbortedByClient
	// AbortedByTimeout is a deadline of the server's own, such as
	// http.Server.WriteTimeout: timeout.
	AbortedByTimeout
	// AbortedByServer is a server that closed the connection, as one does at
	// the end of its grace period: server_closed.
	AbortedByServer
)

// errorType returns the error.type of an abort, "" for none.
func (a Abort) errorType() string {
	switch a {
	case AbortedByClient:
		return errorTypeDisconnected
	case AbortedByTimeout:
		return errorTypeTimeout
	case AbortedByServer:
		return errorTypeServerClosed
	case NotAborted:
	}
	return ""
}

// Outcome is how an HTTP exchange ended, as the adapter saw it. The engine
// draws the conclusions.
type Outcome struct {
	// Status is the status code written to the wire, 0 if none was written, and
	// UnknownStatus where the adapter cannot see it. A handler that has returned
	// without one has answered with 200, one that has panicked with nothing that
	// the adapter has seen.
	Status int
	// Route is the matched route's template, where it was not known at the
	// start or has changed since. Empty keeps what was known.
	Route string
	// RequestSize and ResponseSize are the sizes of the bodies, as received and
	// as sent: see [Bytes]. The zero Size is unknown.
	RequestSize  Size
	ResponseSize Size
	// Panic is the value that the handler panicked with, nil if it did not.
	// End is then called while the goroutine panics, so that the stack is
	// the handler's.
	Panic any
	// Aborted says why the answer did not go out in full, NotAborted where it
	// did or where the adapter cannot see it.
	Aborted Abort
	// ErrorType is the error.type of a handler's failure whose answer the adapter
	// cannot see. It counts only where Status is UnknownStatus.
	ErrorType string
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
