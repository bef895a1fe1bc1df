package httpserver

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

const (
	// errorTypeDisconnected tells a client that went away from a failure.
	errorTypeDisconnected = "client_disconnected"
	// errorTypeTimeout is an answer that the server's own deadline cut off.
	errorTypeTimeout = "timeout"
	// errorTypeServerClosed is an answer that the end of the server cut off.
	errorTypeServerClosed = "server_closed"
	// errorTypeAbort is a handler that cut its answer short on purpose.
	errorTypeAbort = "http.ErrAbortHandler"
)

// End ends the exchange: the span and its metrics are complete. Only the first
// call counts.
func (x *Exchange) End(o Outcome) {
	switch x.mode {
	case modeUnobserved:
		return
	case modeNested:
		x.endNested(&o)
		return
	}
	x.mu.Lock()
	if x.ended {
		x.mu.Unlock()
		return
	}
	x.ended = true
	inner := x.inner
	x.mu.Unlock()
	if inner == nil {
		inner = &report{}
	}

	result := x.judge(&o, inner)
	operation := x.finalOperation(&o, inner)
	if x.span.IsRecording() {
		x.describe(operation, &o, inner, &result)
	}
	if o.Ended.IsZero() {
		x.span.End()
	} else {
		x.span.End(trace.WithTimestamp(o.Ended))
	}
	if x.mode == modeServer && !x.in.unmeasured {
		x.measure(operation, &o, &result)
	}
	if x.returned {
		x.in.active.returned.Add(-1)
	}
	x.in.active.end(x.count)
}

// result is what follows from an outcome.
type result struct {
	status       int
	errorType    string
	failed       bool
	requestSize  int64
	responseSize int64
}

// judge draws the conclusions of the HTTP semantic conventions.
func (x *Exchange) judge(o *Outcome, inner *report) result {
	r := result{status: o.Status, requestSize: o.RequestSize, responseSize: o.ResponseSize}
	panicType := inner.errorType
	if o.Panic != nil && panicType == "" {
		panicType = x.recordPanic(o.Panic)
	}
	if o.Hijacked {
		r.responseSize = UnknownSize
	}
	switch {
	case r.status != 0:
	case o.Hijacked:
		// What follows on a connection that was taken over is not ours to
		// see; nearly always it is the answer 101 and another protocol.
		r.status = http.StatusSwitchingProtocols
	case o.Panic != nil:
		// The answer, and its body, are the recovery's, further out.
		r.status, r.responseSize = http.StatusInternalServerError, UnknownSize
	case o.Aborted == NotAborted:
		r.status = http.StatusOK
	}
	if x.operation.method.bodiless || isBodiless(r.status) && !o.Hijacked {
		r.responseSize = 0
	}

	aborted := o.Aborted.errorType()
	if o.Hijacked {
		aborted = ""
	}
	switch {
	case aborted != "" && panicType == errorTypeAbort:
		// A proxy aborts because its client has left.
		r.errorType = aborted
	case panicType != "":
		r.errorType = panicType
	case r.status >= http.StatusInternalServerError:
		r.errorType = statusText(r.status)
	default:
		r.errorType = aborted
	}
	r.failed = r.errorType != ""
	return r
}

// isBodiless tells whether a response with status carries no body: RFC 9110,
// section 6.4.1.
func isBodiless(status int) bool {
	return status >= 100 && status < 200 || status == http.StatusNoContent || status == http.StatusNotModified
}

func statusText(status int) string {
	if status > 999 {
		return "invalid"
	}
	return statusDigits[status]
}

// statusDigits saves a conversion for each failed request.
var statusDigits = func() (digits [1000]string) {
	for i := range digits {
		digits[i] = fmt.Sprint(i)
	}
	return digits
}()

// finalOperation names the exchange by the route that is known now.
func (x *Exchange) finalOperation(o *Outcome, inner *report) *operation {
	method := x.operation.method
	route := x.in.route(o)
	if route == "" {
		route = x.noted.route
	}
	switch {
	case inner.route != "":
		if route == "" {
			route = x.operation.route
		}
		return x.in.operations.ofWritten(method, joinRoute(route, x.path, inner.route, inner.path))
	case route == "" || x.operation.isOf(route):
		return x.operation
	default:
		return x.in.operations.of(method, route)
	}
}

// route returns the route as the user's hook or the framework names it.
func (in *Instrumentation) route(o *Outcome) string {
	if named := in.said(&in.routeHook, o.RouteName); named != "" {
		return named
	}
	return o.Route
}

// said is what a user's hook says, "" where there is none or it panics. Where
// the framework recycles its buffers, it is a copy.
func (in *Instrumentation) said(h *hook, ask func() string) string {
	answer := text(h.text(ask))
	if in.recycles {
		answer = strings.Clone(answer)
	}
	return answer
}

// describe completes a span that is recorded.
func (x *Exchange) describe(op *operation, o *Outcome, inner *report, r *result) {
	if name := x.spanName(op, o, inner); name != x.operation.name {
		x.span.SetName(name)
	}
	scratch := takeScratch()
	dst := scratch.attributes[:0]
	if op.route != x.operation.route {
		dst = append(dst, semconv.HTTPRoute(op.route))
	}
	if r.status != 0 {
		dst = append(dst, semconv.HTTPResponseStatusCode(r.status))
	}
	if r.errorType != "" {
		dst = append(dst, semconv.ErrorTypeKey.String(r.errorType))
	}
	if r.requestSize >= 0 {
		dst = append(dst, semconv.HTTPRequestBodySize(int(r.requestSize)))
	}
	if r.responseSize >= 0 {
		dst = append(dst, semconv.HTTPResponseBodySize(int(r.responseSize)))
	}
	dst = appendHeaders(dst, x.in.engine.responseHeaders, o.Header)
	dst = x.in.hookAttributes(dst, o, x.span)
	x.span.SetAttributes(dst...)
	scratch.attributes = dst
	scratch.release()
	if r.failed {
		x.span.SetStatus(codes.Error, "")
	}
}

// spanName returns the name that the span should have, the user's or the
// conventions'.
func (x *Exchange) spanName(op *operation, o *Outcome, inner *report) string {
	name := x.in.said(&x.in.nameHook, o.SpanName)
	if name == "" {
		name = x.noted.name
	}
	if name == "" {
		name = inner.name
	}
	if name == "" {
		name = op.name
	}
	return name
}

// measure records the exchange's metrics, in the span's context so that a
// sampled one is their exemplar.
func (x *Exchange) measure(op *operation, o *Outcome, r *result) {
	options := op.seriesOf(seriesKey{https: x.https, status: r.status, errorType: r.errorType}).options()
	x.in.duration.Inst().Record(x.handlerContext, x.elapsed(o).Seconds(), options...)
	if r.requestSize >= 0 {
		x.in.requestSize.Inst().Record(x.handlerContext, r.requestSize, options...)
	}
	if r.responseSize >= 0 {
		x.in.responseSize.Inst().Record(x.handlerContext, r.responseSize, options...)
	}
}

// recordPanic adds the exception event and returns the panic's error.type. It
// is called while the goroutine panics, so that the stack shows where.
func (x *Exchange) recordPanic(value any) string {
	if value == any(http.ErrAbortHandler) {
		return errorTypeAbort
	}
	errorType := bounded(fmt.Sprintf("%T", value), 256)
	if x.span.IsRecording() {
		x.span.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(
			attribute.String("exception.type", errorType),
			attribute.String("exception.message", panicMessage(value)),
			attribute.String("exception.stacktrace", bounded(string(debug.Stack()), maxStack)),
		))
	}
	return errorType
}

// panicMessage formats a panic's value; fmt itself survives a value whose
// Error or String method panics too.
func panicMessage(value any) string { return text(fmt.Sprint(value)) }
