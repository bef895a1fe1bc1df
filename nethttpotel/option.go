package nethttpotel

import (
	"net"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/internal/stdhttp"
)

// Option configures a [Middleware]. If an option is given several times, the last one applies. An
// option with a nil function selects the default. Only this package can implement options, and the
// interface may get more methods.
type Option interface{ apply(*config) }

// config is the result of the options. A function that is not set is nil.
type config struct {
	route            func(*http.Request) string
	spanName         func(*http.Request) string
	attributes       func(*http.Request) []attribute.KeyValue
	metricAttributes func(*http.Request) []attribute.KeyValue
	startAttributes  func(*http.Request) []attribute.KeyValue
	// chooseWriter returns the writer for the handlers. observed is the middleware's writer, and
	// below the writer that it wraps.
	chooseWriter func(observed, below http.ResponseWriter) http.ResponseWriter
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithRoute sets a function that returns the route of a handled request, for routers other
// than [http.ServeMux]. The function must return a template. It must never return the path,
// since each path would become a metric series. If it returns "", the route is the
// request's pattern. It may return a ServeMux pattern with method and host, such as
// "GET example.com/x/{id}" from ServeMux.Handler; the route is then the pattern without
// method and host. Default: the request's pattern.
func WithRoute(route func(*http.Request) string) Option {
	return option(func(c *config) {
		if c.route = nil; route != nil {
			c.route = func(r *http.Request) string { return stripMethodAndHost(route(r), r) }
		}
	})
}

// stripMethodAndHost returns route without method and host, if route is a ServeMux pattern.
func stripMethodAndHost(route string, r *http.Request) string {
	method, pattern, ok := strings.Cut(strings.ReplaceAll(route, "\t", " "), " ")
	if !ok || strings.ContainsRune(method, '/') {
		host, _, _ := strings.Cut(route, "/")
		if host == "" || !strings.EqualFold(host, hostname(r.Host)) {
			return strings.TrimSuffix(route, "{$}")
		}
		pattern = route
	}
	if path := stdhttp.Route(pattern); path != "" {
		return path
	}
	return route
}

// hostname returns host without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// WithSpanName sets a function that names the span of a handled request. If the function
// returns "", the span keeps the default name of the HTTP semantic conventions, which
// consists of method and route. Names should have low cardinality. If the function panics,
// the span keeps the default name and the panic is reported once.
func WithSpanName(name func(*http.Request) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes sets a function that returns attributes for the span of a handled request.
// The function runs only if the span is recorded. If the function panics, the panic is
// reported once.
func WithAttributes(attributes func(*http.Request) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}

// WithMetricAttributes sets a function that returns attributes for the metrics of a
// handled request, such as a tenant or a plan. They are added to all metrics except
// http.server.active_requests, which is recorded before the handlers run. Attributes of
// the HTTP semantic conventions take precedence over attributes with the same key. If the
// function panics, the panic is reported once and no attributes are added. Default: none.
//
// Return only values from a small, known set. Each combination of values is a separate
// time series for as long as the service runs. A value that a client chooses, such as an
// id or an unmodified header, lets the client create any number of series. The SDK keeps
// up to 2,000 series of an instrument, its cardinality limit. It counts all other
// measurements together, under otel.metric.overflow. New routes, statuses or tenants are
// then no longer distinguished. Backends charge for each series.
func WithMetricAttributes(attributes func(*http.Request) []attribute.KeyValue) Option {
	return option(func(c *config) { c.metricAttributes = attributes })
}

// WithStartAttributes sets a function that returns attributes for the start of the span.
// Samplers see them, and processors see them in OnStart. The function should be cheap: it
// runs before the handlers of each request that is not excluded, even if nothing is
// recorded. If the function panics, the panic is reported once and no attributes are
// added. Default: none.
//
// If this middleware is inside another one of this project, the span has already started. The
// attributes are then added to it, and samplers do not see them.
//
// For attributes that are known only at the end, use [WithAttributes], which is called
// only for recorded spans.
func WithStartAttributes(attributes func(*http.Request) []attribute.KeyValue) Option {
	return option(func(c *config) { c.startAttributes = attributes })
}

// WithResponseWriter sets a function that returns the writer for the handlers. observed is
// the writer of this middleware, and below the writer that it wraps. By default, handlers
// receive observed, which preserves only these interfaces of below: [http.Flusher],
// [http.Hijacker], [io.ReaderFrom], [http.Pusher] and the methods for
// [http.ResponseController]. The function may add other interfaces of below. Its result
// must keep the interfaces of observed. For HTTP/3 of quic-go:
//
//	nethttpotel.WithResponseWriter(func(observed, below http.ResponseWriter) http.ResponseWriter {
//		if h3, ok := below.(interface{ http3.Settingser; http3.HTTPStreamer }); ok {
//			return struct {
//				http.ResponseWriter
//				http.Flusher
//				http3.Settingser
//				http3.HTTPStreamer
//			}{observed, observed.(http.Flusher), h3, h3}
//		}
//		return observed
//	})
//
// CONNECT requests, such as those of WebTransport, do not need this option: if below has
// other methods than those interfaces, the handler of a CONNECT receives below itself, and
// the span has no status code.
func WithResponseWriter(combine func(observed, below http.ResponseWriter) http.ResponseWriter) Option {
	return option(func(c *config) { c.chooseWriter = combine })
}
