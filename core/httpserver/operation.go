package httpserver

import (
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/httpserver/internal/route"
)

// maxCacheEntries limits how many metric attribute sets and operations an instrumentation
// caches.
const maxCacheEntries = 50_000

// operation is a combination of a method and a route. It has one span name and one group
// of metric series.
type operation struct {
	spanName string
	method   *method
	// route is http.route, or empty if no route is known.
	route string
	// sourceRoute is the route before formatting.
	sourceRoute string
	// isFormatted is set if sourceRoute is in the configured format, and not in the
	// framework's.
	isFormatted bool
	// recordOptions caches prepared attribute sets, as options for measurements. Bound
	// instruments (go.opentelemetry.io/otel/metric/x) can replace the cache once the SDK
	// implements them.
	recordOptions cache[seriesKey, []metric.RecordOption]
}

// seriesKey distinguishes the metric series of an operation.
type seriesKey struct {
	https     bool
	version   version
	status    int
	errorType string
}

// operations caches the operations, so that each is created once.
type operations struct {
	format RouteFormat
	// syntax is the syntax of routes in the framework's format.
	syntax route.Syntax
	// remaining is the number of values that all caches together may still store.
	remaining atomic.Int64
	// byNative maps routes in the framework's format to operations, and byFormatted maps
	// routes in the configured format. Both are indexed by method. Index 0 is for
	// noMethod.
	byNative, byFormatted []routeOperations
}

// routeOperations maps routes to the operations of one method.
type routeOperations = cache[string, *operation]

func newOperations(format RouteFormat, s route.Syntax, knownMethods *methods) *operations {
	n := len(knownMethods.all) - noMethod.index
	o := &operations{format: format, syntax: s, byNative: make([]routeOperations, n), byFormatted: make([]routeOperations, n)}
	o.remaining.Store(maxCacheEntries)
	for i := range n {
		o.byNative[i].remaining, o.byFormatted[i].remaining = &o.remaining, &o.remaining
	}
	return o
}

// byNativeRoute returns the operation of a method and a route that is in the framework's
// format.
func (o *operations) byNativeRoute(m *method, native string) *operation {
	return o.findOrCreate(o.byNative, m, native, false)
}

// byFormattedRoute returns the operation of a method and a route that is in the
// configured format.
func (o *operations) byFormattedRoute(m *method, formatted string) *operation {
	return o.findOrCreate(o.byFormatted, m, formatted, true)
}

// findOrCreate returns the operation of a method and a route from byMethod, which is byNative
// or byFormatted. If there is none, findOrCreate creates it. isFormatted is set if
// sourceRoute is in the configured format.
func (o *operations) findOrCreate(byMethod []routeOperations, m *method, sourceRoute string, isFormatted bool) *operation {
	cached := &byMethod[m.index-noMethod.index]
	if found, ok := cached.get(sourceRoute); ok {
		return found
	}
	return cached.storeOnce(sourceRoute, o.newOperation(m, sourceRoute, isFormatted))
}

// noMethod takes the place of the method in formatRoute, which formats a route without
// knowing a method.
var noMethod = &method{index: -1}

// formatRoute returns a route in the configured format. native is the route in the
// framework's format.
func (o *operations) formatRoute(native string) string {
	if o.format == RouteNative || native == "" {
		return native
	}
	return o.byNativeRoute(noMethod, native).route
}

func (o *operations) newOperation(m *method, sourceRoute string, isFormatted bool) *operation {
	op := &operation{spanName: m.name, method: m, sourceRoute: sourceRoute, isFormatted: isFormatted}
	op.recordOptions.remaining = &o.remaining
	if sourceRoute != "" {
		op.route = sourceRoute
		if o.format == RouteBraces && !isFormatted {
			op.route = o.syntax.Braces(op.route)
		}
		op.route = validText(op.route)
		op.spanName = m.name + " " + op.route
	}
	return op
}

// hasNativeRoute reports whether native is the operation's route in the framework's
// format.
func (op *operation) hasNativeRoute(native string) bool {
	return op.sourceRoute == native && !op.isFormatted
}

// recordOptionsFor returns the attribute set of the duration and body-size metrics, as
// measurement options. The set has exactly the required, conditionally required and
// recommended attributes of http.server.request.duration.
func (op *operation) recordOptionsFor(key seriesKey) []metric.RecordOption {
	if found, ok := op.recordOptions.get(key); ok {
		return found
	}
	return op.recordOptions.storeOnce(key, op.newRecordOptions(key))
}

func (op *operation) newRecordOptions(key seriesKey) []metric.RecordOption {
	attributes := make([]attribute.KeyValue, 0, 6)
	attributes = append(attributes, op.method.attribute, schemeAttribute(key.https))
	if op.route != "" {
		attributes = append(attributes, semconv.HTTPRoute(op.route))
	}
	if key.status != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(key.status))
	}
	if key.errorType != "" {
		attributes = append(attributes, semconv.ErrorTypeKey.String(key.errorType))
	}
	if key.version != versionOther {
		attributes = append(attributes, versionAttributes[key.version])
	}
	return []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(attributes...))}
}

var (
	schemeHTTP  = semconv.URLScheme("http")
	schemeHTTPS = semconv.URLScheme("https")
)

// schemeAttribute returns url.scheme.
func schemeAttribute(https bool) attribute.KeyValue {
	if https {
		return schemeHTTPS
	}
	return schemeHTTP
}
