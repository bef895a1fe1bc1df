package httpserver

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// exceptionEvent holds the options of an exception event. It is empty if no event is
// recorded.
type exceptionEvent []trace.EventOption

// describePanic returns the error.type of a panic and, if the span is recorded, its
// exception event. Call it while the goroutine panics, so that the stack trace shows the
// origin of the panic.
func describePanic(value any, span trace.Span) (errorType string, event exceptionEvent) {
	if value == any(http.ErrAbortHandler) {
		return errorTypeAbort, nil
	}
	errorType = limitText(fmt.Sprintf("%T", value), maxErrorTypeLength)
	if span.IsRecording() {
		event = exceptionEvent{trace.WithTimestamp(time.Now()), trace.WithAttributes(
			attribute.String("exception.type", errorType),
			attribute.String("exception.message", panicMessage(value)),
			attribute.String("exception.stacktrace", limitText(string(debug.Stack()), maxStackLength)),
		)}
	}
	return errorType, event
}

func (e exceptionEvent) addTo(span trace.Span) {
	if len(e) > 0 {
		span.AddEvent(semconv.ExceptionEventName, e...)
	}
}

// panicMessage formats the value of a panic. If the Error or String method of the value
// panics too, fmt recovers.
func panicMessage(value any) string { return validText(fmt.Sprint(value)) }
