package httpserver

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/route"
)

// nestedReport holds the details that nested exchanges report to the open exchange. For
// example, if a framework's router is inside a net/http handler, only the framework's
// adapter knows the route.
type nestedReport struct {
	// route is in the configured format.
	route string
	// hasMountPrefix is set if the nested exchange has added the prefix at which the router
	// is mounted to the route.
	hasMountPrefix bool
	// path is the path that the router has seen.
	path string
	// spanName is the result of the user's hook, or "".
	spanName string
	// errorType is the error.type of a panic, or "".
	errorType string
	// isPresumedRequest is set if the nested exchange has the Relation PresumedRequest.
	isPresumedRequest bool
	// attributes are added to the span when the open exchange ends. With SameRequest, they
	// are empty, since the nested exchange has already added its attributes.
	attributes []attribute.KeyValue
	// exception is the exception event of a panic. Like attributes, it is added to the span
	// when the open exchange ends, and is empty with SameRequest.
	exception exceptionEvent
	// metricAttributes are additional attributes for the metrics.
	metricAttributes []attribute.KeyValue
}

// emptyReport is used if there is no nested exchange. It must not be changed.
var emptyReport nestedReport

// innerReport returns what the nested exchanges have reported to x. If the report may be
// about a different request, innerReport returns an empty one. The caller holds mu and must
// not change the result.
func (x *Exchange) innerReport() *nestedReport {
	if x.rare == nil || x.rare.innerReport == nil || x.rare.innerReport.isPresumedRequest && x.presumedCount > 1 {
		return &emptyReport
	}
	return x.rare.innerReport
}

// ensureInnerReport returns the report to which a nested exchange of x may add details. It
// creates the report if necessary. isPresumedRequest is set if the relation of the nested
// exchange is PresumedRequest. If it is not set, and the existing report is of a
// PresumedRequest, a new report replaces that report. The caller holds mu.
func (x *Exchange) ensureInnerReport(isPresumedRequest bool) *nestedReport {
	rare := x.ensureRare()
	if rare.innerReport == nil || rare.innerReport.isPresumedRequest && !isPresumedRequest {
		rare.innerReport = &nestedReport{isPresumedRequest: isPresumedRequest}
	}
	return rare.innerReport
}

// endNested ends x, a nested exchange, and reports its outcome to the open exchange.
func (x *Exchange) endNested(o *Outcome) {
	outer := x.rare.outer
	ownRoute, hasMountPrefix := x.formatRoute(x.instrumentation.routeOf(o))
	name := x.instrumentation.callHook(&x.instrumentation.spanNameRunner, o.SpanName)
	attributes := x.instrumentation.appendSpanAttributes(x.rare.startAttributes, o, outer.span)
	metricAttributes := x.instrumentation.appendMetricAttributes(nil, o)

	outer.mu.Lock()
	defer outer.mu.Unlock()
	if x.hasEnded || outer.hasEnded {
		return
	}
	x.hasEnded = true
	inner := outer.ensureInnerReport(x.isPresumedRequest)
	if inner.isPresumedRequest != x.isPresumedRequest {
		return
	}
	if ownRoute != "" {
		x.reportRoute(inner, ownRoute, hasMountPrefix)
		outer.rare.innerRoutes++
	}
	if name != "" {
		inner.spanName = name
	}
	inner.metricAttributes = append(inner.metricAttributes, metricAttributes...)
	var event exceptionEvent
	if o.Panic != nil && inner.errorType == "" {
		inner.errorType, event = describePanic(o.Panic, outer.span)
	}
	if x.isPresumedRequest {
		inner.attributes, inner.exception = attributes, event
		return
	}
	event.addTo(outer.span)
	if len(attributes) > 0 {
		outer.span.SetAttributes(attributes...)
	}
}

// reportRoute adds the route of x, a nested exchange, to report. If an exchange below x has
// reported its route since the start of x, that route is the more exact one: reportRoute only
// adds the prefix that the router of x has stripped. The caller holds mu of the open exchange.
func (x *Exchange) reportRoute(report *nestedReport, ownRoute string, hasMountPrefix bool) {
	if report.route != "" && x.rare.outer.rare.innerRoutes != x.rare.innerRoutesAtStart {
		if report.hasMountPrefix {
			return
		}
		path := x.routedPath()
		if hasMountPrefix {
			path = x.path
		}
		ownRoute = route.Join(ownRoute, path, report.route, report.path)
	}
	report.route, report.hasMountPrefix, report.path = ownRoute, hasMountPrefix, x.routedPath()
}

// countInnerRoutes returns the number of routes that nested exchanges have reported to x.
func (x *Exchange) countInnerRoutes() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.rare == nil {
		return 0
	}
	return x.rare.innerRoutes
}

// appendSpanAttributes appends the attributes that the user's hook returns for the span.
func (i *Instrumentation) appendSpanAttributes(dst []attribute.KeyValue, o *Outcome, span trace.Span) []attribute.KeyValue {
	if o.Attributes == nil || !span.IsRecording() {
		return dst
	}
	return i.appendFromHook(dst, &i.attributesRunner, o.Attributes)
}

// appendMetricAttributes appends the attributes that the user's hook returns for the
// metrics.
func (i *Instrumentation) appendMetricAttributes(dst []attribute.KeyValue, o *Outcome) []attribute.KeyValue {
	if o.MetricAttributes == nil || i.metricsOff {
		return dst
	}
	return i.appendFromHook(dst, &i.metricAttributesRunner, o.MetricAttributes)
}

// appendFromHook appends the attributes that userFunc returns. h calls userFunc. If the
// framework recycles its buffers, appendFromHook copies the strings of the attributes.
func (i *Instrumentation) appendFromHook(dst []attribute.KeyValue, h *hookRunner, userFunc func() []attribute.KeyValue) []attribute.KeyValue {
	var added []attribute.KeyValue
	h.run(func() { added = userFunc() })
	start := len(dst)
	dst = append(dst, added...)
	if i.recyclesBuffers {
		copyStrings(dst[start:])
	}
	return dst
}
