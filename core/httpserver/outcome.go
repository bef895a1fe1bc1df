package httpserver

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// UnknownStatus means that the adapter cannot see the status code of the response.
const UnknownStatus = -1

// Abort is the reason why a response is incomplete. Each reason has its own error.type
// and sets the span's status to Error. According to the HTTP semantic conventions v1.43,
// section "Status", a server SHOULD set the status if something prevents the complete
// response from being sent.
type Abort uint8

const (
	// NotAborted means that the response is complete, as far as the adapter can see.
	NotAborted Abort = iota
	// AbortedByClient means that the client closed the connection. The error.type is
	// client_disconnected.
	AbortedByClient
	// AbortedByTimeout means that a deadline of the server was exceeded, such as
	// http.Server.WriteTimeout. The error.type is timeout.
	AbortedByTimeout
	// AbortedByServer means that the server closed the connection, for example at the end
	// of a grace period, or after a handler that wrote less than the Content-Length that
	// it declared. The error.type is server_closed.
	AbortedByServer
)

// errorType returns the error.type of an abort, or "" for NotAborted.
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
	// Status is the status code that was sent, 0 if none was sent yet, or UnknownStatus if
	// the adapter cannot see it. A 0 after the handler has returned is recorded as 200, which
	// net/http and the frameworks then send. A 0 after a panic is like UnknownStatus, since an
	// outer middleware may recover from the panic and send any status.
	Status int
	// Route is the template of the matched route. Set it if the route was not known at
	// the start or has changed; "" keeps the route that is known.
	Route string
	// RequestSize and ResponseSize are the sizes of the bodies as received and as sent:
	// see [Bytes]. The zero Size means that the size is not known.
	RequestSize  Size
	ResponseSize Size
	// Panic is the value of the handler's panic, or nil. If there is a panic, End must be
	// called while the goroutine panics, so that the stack trace is the handler's.
	Panic any
	// Aborted is the reason why the response is incomplete. It is NotAborted if the
	// response is complete or the adapter cannot see it.
	Aborted Abort
	// ErrorType is the error.type to report if the handler has failed and the adapter
	// cannot see the response. It is used only if Status is UnknownStatus.
	ErrorType string
	// Hijacked is set if the handler took over the connection.
	Hijacked bool
	// Ended is the time at which the exchange ended. The zero time means now.
	Ended time.Time
	// Header holds the response headers. The engine records only the captured headers: see
	// [Config].CapturedResponseHeaders.
	Header Header
	// RouteName, SpanName, Attributes and MetricAttributes are the user's hooks; nil if
	// there are none. If RouteName or SpanName returns "", the default is kept.
	// Attributes are added to the span. They replace attributes with the same key, even those
	// of the semantic conventions. MetricAttributes are added to all metrics except
	// http.server.active_requests. On metrics, attributes of the semantic conventions take
	// precedence. If a hook panics, its result is ignored and the panic is reported once
	// to [Config].ErrorHandler.
	RouteName        func() string
	SpanName         func() string
	Attributes       func() []attribute.KeyValue
	MetricAttributes func() []attribute.KeyValue
}
