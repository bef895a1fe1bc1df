package httpserver

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/route"
)

const (
	// errorTypeDisconnected means that the client closed the connection.
	errorTypeDisconnected = "client_disconnected"
	// errorTypeTimeout means that a deadline of the server cut off the
	// response.
	errorTypeTimeout = "timeout"
	// errorTypeServerClosed means that the server cut off the response, either at
	// shutdown or because the handler did not complete the response.
	errorTypeServerClosed = "server_closed"
	// errorTypeAbort means that a handler aborted its response on purpose.
	errorTypeAbort = "http.ErrAbortHandler"
)

// maxErrorTypeLength limits error.type, in bytes.
const maxErrorTypeLength = 256

// End ends the exchange: it ends the span and records the metrics. Only the
// first call has an effect.
func (x *Exchange) End(o Outcome) {
	switch x.mode {
	case modeUnobserved:
		return
	case modeNested:
		x.endNested(&o)
		return
	case modeServer, modeInternal:
	}
	x.mu.Lock()
	if x.hasEnded {
		x.mu.Unlock()
		return
	}
	x.hasEnded = true
	inner := x.innerReport()
	x.mu.Unlock()

	result := x.classify(&o, inner)
	operation := x.finalOperation(&o, inner)
	if x.span.IsRecording() {
		x.finishSpan(operation, &o, inner, &result)
	}
	if o.Ended.IsZero() {
		x.span.End()
	} else {
		x.span.End(trace.WithTimestamp(o.Ended))
	}
	if !x.instrumentation.metricsOff {
		x.recordMetrics(operation, &o, inner, &result)
	}
	if x.handlersReturned {
		x.instrumentation.activeRequests.returnedCount.Add(-1)
	}
	x.instrumentation.activeRequests.end(x.activeCount())
}

// reportedOutcome is what telemetry reports of an [Outcome].
type reportedOutcome struct {
	// status is http.response.status_code, or 0 if the status is not known.
	status int
	// errorType is error.type, or "" if the request has not failed.
	errorType string
	// hasFailed is set if the status of the span is Error.
	hasFailed    bool
	requestSize  Size
	responseSize Size
}

// classify derives the reportedOutcome from an outcome by the rules of the HTTP semantic
// conventions.
func (x *Exchange) classify(o *Outcome, inner *nestedReport) reportedOutcome {
	r := reportedOutcome{status: x.statusOf(o)}
	errorType := inner.errorType
	if errorType == "" && x.rare != nil {
		errorType = x.rare.errorType
	}
	if o.Panic != nil && errorType == "" {
		var event exceptionEvent
		errorType, event = describePanic(o.Panic, x.span)
		event.addTo(x.span)
	}
	if x.instrumentation.engine.recordsBodySizes {
		r.requestSize = o.RequestSize
		// The body size is known only if the response is visible to the adapter. On a
		// hijacked connection, it is not.
		if !o.Hijacked && (r.status != 0 || o.Aborted != NotAborted && o.Panic == nil) {
			r.responseSize = o.ResponseSize
		}
		if x.operation.method.isBodiless || isBodiless(r.status) && !o.Hijacked {
			r.responseSize = Bytes(0)
		}
	}
	switch {
	case errorType == errorTypeAbort && !o.Hijacked && o.Aborted != NotAborted:
		// A handler may panic with http.ErrAbortHandler because the client has
		// disconnected, as httputil.ReverseProxy does. o.Aborted is then the cause.
		r.errorType = o.Aborted.errorType()
	case errorType != "":
		r.errorType = errorType
	case isErrorStatus(r.status):
		r.errorType = formatStatus(r.status)
	case o.Status == UnknownStatus && o.ErrorType != "":
		r.errorType = limitText(o.ErrorType, maxErrorTypeLength)
	case !o.Hijacked:
		r.errorType = o.Aborted.errorType()
	}
	r.hasFailed = r.errorType != ""
	return r
}

// statusOf returns the status code that was sent, or 0 if none was sent or the code is
// not known.
func (x *Exchange) statusOf(o *Outcome) int {
	switch {
	case o.Status > 0:
		return o.Status
	case o.Status < 0, o.Hijacked && x.operation.method.name == http.MethodConnect:
		return 0
	case o.Hijacked:
		// The response on a hijacked connection is not visible. It is nearly always 101,
		// followed by another protocol.
		return http.StatusSwitchingProtocols
	case o.Panic != nil, o.Aborted != NotAborted:
		// After a panic, an outer middleware may recover and write the response. Its
		// status is not known here.
		return 0
	default:
		return http.StatusOK
	}
}

// isBodiless reports whether a response with this status has no body (RFC 9110, section
// 6.4.1).
func isBodiless(status int) bool {
	return status >= 100 && status < 200 || status == http.StatusNoContent || status == http.StatusNotModified
}

// isErrorStatus reports whether a status that was sent is an error of the server: 500 and
// above, and below 100, which no client can interpret. Only fasthttp sends the latter. status
// is 0 if none was sent.
func isErrorStatus(status int) bool {
	return status >= http.StatusInternalServerError || status > 0 && status < http.StatusContinue
}

// formatStatus returns status as a value of error.type.
func formatStatus(status int) string {
	if status > 999 {
		return "invalid"
	}
	return strconv.Itoa(status)
}

// finalOperation returns the operation with the route that is known when the exchange ends.
func (x *Exchange) finalOperation(o *Outcome, inner *nestedReport) *operation {
	method := x.operation.method
	native := x.instrumentation.routeOf(o)
	if native == "" {
		native = x.earlyRoute
	}
	switch {
	case inner.hasMountPrefix:
		return x.instrumentation.operations.byFormattedRoute(method, inner.route)
	case inner.route != "":
		outerRoute := x.operation.route
		if native != "" {
			outerRoute, _ = x.formatRoute(native)
		}
		return x.instrumentation.operations.byFormattedRoute(method, route.Join(outerRoute, x.path, inner.route, inner.path))
	case native == "" || x.operation.hasNativeRoute(native):
		return x.operation
	default:
		return x.operationFor(method, native)
	}
}

// routeOf returns the route of the user's hook, or else that of the framework.
func (i *Instrumentation) routeOf(o *Outcome) string {
	if hookRoute := i.callHook(&i.routeNameRunner, o.RouteName); hookRoute != "" {
		return hookRoute
	}
	return o.Route
}

// callHook returns the result of userFunc, which h calls. The result is "" if userFunc is
// nil or panics. If the framework recycles its buffers, callHook copies the result.
func (i *Instrumentation) callHook(h *hookRunner, userFunc func() string) string {
	answer := validText(h.callString(userFunc))
	if i.recyclesBuffers {
		answer = strings.Clone(answer)
	}
	return answer
}

// finishSpan sets the final name, attributes and status of a recorded span.
func (x *Exchange) finishSpan(op *operation, o *Outcome, inner *nestedReport, r *reportedOutcome) {
	x.updateSpanName(op, o, inner)
	scratch := getScratch()
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
	if n, known := r.requestSize.Bytes(); known {
		dst = append(dst, semconv.HTTPRequestBodySize(int(n)))
	}
	if n, known := r.responseSize.Bytes(); known {
		dst = append(dst, semconv.HTTPResponseBodySize(int(n)))
	}
	dst = appendHeaders(dst, x.instrumentation.engine.responseHeaders, o.Header)
	dst = append(dst, inner.attributes...)
	dst = x.instrumentation.appendSpanAttributes(dst, o, x.span)
	inner.exception.addTo(x.span)
	x.span.SetAttributes(dst...)
	scratch.attributes = dst
	scratch.release()
	if r.hasFailed {
		setErrorStatus(x.span)
	}
}

// recordMetrics records the metrics with the span's context, so that exemplars refer to
// the span if it is sampled.
func (x *Exchange) recordMetrics(op *operation, o *Outcome, inner *nestedReport, r *reportedOutcome) {
	options := op.recordOptionsFor(seriesKey{https: x.https, version: x.version, status: r.status, errorType: r.errorType})
	if o.MetricAttributes != nil || inner.metricAttributes != nil || x.rare != nil {
		options = x.withMetricAttributes(options, o, inner)
	}
	x.instrumentation.duration.Inst().Record(x.handlerContext, x.elapsed(o).Seconds(), options...)
	if n, known := r.requestSize.Bytes(); known {
		x.instrumentation.requestSize.Inst().Record(x.handlerContext, n, options...)
	}
	if n, known := r.responseSize.Bytes(); known {
		x.instrumentation.responseSize.Inst().Record(x.handlerContext, n, options...)
	}
}

// withMetricAttributes returns options with the attributes of the user's hook added
// before those of the semantic conventions. If both have the same key, the conventions'
// attribute is used.
func (x *Exchange) withMetricAttributes(options []metric.RecordOption, o *Outcome, inner *nestedReport) []metric.RecordOption {
	added := inner.metricAttributes
	if x.rare != nil {
		added = append(slices.Clip(added), x.rare.metricAttributes...)
	}
	if added = x.instrumentation.appendMetricAttributes(slices.Clip(added), o); len(added) == 0 {
		return options
	}
	return append([]metric.RecordOption{metric.WithAttributes(added...)}, options...)
}
