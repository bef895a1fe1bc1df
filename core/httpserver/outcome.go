package httpserver

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// UnknownStatus is the status code of a response that the adapter cannot see.
const UnknownStatus = -1

// Abort is the reason why a response is incomplete. Each sets the span's status
// to Error, with its own error.type: a server SHOULD set it when something
// prevents the complete response from being sent (HTTP semantic conventions
// v1.43, "Status").
type Abort uint8

const (
	// NotAborted means that the response is complete, as far as can be seen.
	NotAborted Abort = iota
	// AbortedByClient means that the client closed the connection:
	// client_disconnected.
	AbortedByClient
	// AbortedByTimeout means that a deadline of the server was exceeded, such
	// as http.Server.WriteTimeout: timeout.
	AbortedByTimeout
	// AbortedByServer means that the server closed the connection, as at the
	// end of a grace period or after a handler that has written less than the
	// Content-Length that it declared: server_closed.
	AbortedByServer
)

// errorType returns the error.type of an abort, or "".
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

// Outcome describes how an HTTP exchange ended, as far as the adapter knows.
// The engine interprets it.
type Outcome struct {
	// Status is the status code that was sent, 0 if none was, and UnknownStatus
	// if the adapter cannot see it. With 0, a handler that has returned has
	// sent 200; after a panic the status is not known.
	Status int
	// Route is the template of the matched route, if it was not known at the
	// start or has changed. Empty keeps the known one.
	Route string
	// RequestSize and ResponseSize are the sizes of the bodies as received and
	// as sent: see [Bytes]. The zero Size means not known.
	RequestSize  Size
	ResponseSize Size
	// Panic is the value of the handler's panic, or nil. End must then be
	// called while the goroutine panics, so that the stack trace is the
	// handler's.
	Panic any
	// Aborted is the reason why the response is incomplete, or NotAborted if it
	// is complete or the adapter cannot see it.
	Aborted Abort
	// ErrorType is the error.type of a failed handler whose response the
	// adapter cannot see. It is ignored unless Status is UnknownStatus.
	ErrorType string
	// Hijacked is set if the handler took over the connection.
	Hijacked bool
	// Ended is when the exchange ended; the zero time means now.
	Ended time.Time
	// Header returns the response headers, to record the captured ones.
	Header Header
	// RouteName, SpanName, Attributes and MetricAttributes are the user's hooks;
	// nil if there are none. If RouteName or SpanName returns "", the default is
	// kept. Attributes are added to the span, MetricAttributes to all metrics but
	// active requests; attributes of the conventions take precedence. If a hook
	// panics, its result is ignored and the panic is reported once to
	// OpenTelemetry's error handler.
	RouteName        func() string
	SpanName         func() string
	Attributes       func() []attribute.KeyValue
	MetricAttributes func() []attribute.KeyValue
}
