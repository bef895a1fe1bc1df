package nethttpotel

import (
	"net"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/internal/stdhttp"
)

// Option configures a [Middleware]. Only this package can implement options;
// the interface may get more methods.
type Option interface{ apply(*config) }

type config struct {
	route            func(*http.Request) string
	spanName         func(*http.Request) string
	attributes       func(*http.Request) []attribute.KeyValue
	metricAttributes func(*http.Request) []attribute.KeyValue
	startAttributes  func(*http.Request) []attribute.KeyValue
	writer           func(observed, below http.ResponseWriter) http.ResponseWriter
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithRoute sets a function that returns the route of a handled request, for routers
// other than [http.ServeMux]. The function must return a template. It must never return
// the path, which would create a metric series for each path. If it returns "", the
// request's pattern is used. If it returns a ServeMux pattern with method and host, such
// as "GET example.com/x/{id}" from ServeMux.Handler, method and host are dropped.
// Default: the request's pattern.
func WithRoute(route func(*http.Request) string) Option {
	return option(func(c *config) {
		if c.route = nil; route != nil {
			c.route = func(r *http.Request) string { return stripMethodAndHost(route(r), r) }
		}
	})
}

// stripMethodAndHost returns a route without the method and host of a ServeMux pattern.
func stripMethodAndHost(route string, r *http.Request) string {
	method, rest, ok := strings.Cut(strings.ReplaceAll(route, "\t", " "), " ")
	if !ok || strings.ContainsRune(method, '/') {
		host, _, _ := strings.Cut(route, "/")
		if host == "" || !strings.EqualFold(host, hostname(r.Host)) {
			return strings.TrimSuffix(route, "{$}")
		}
		rest = route
	}
	if pattern := stdhttp.Route(rest); pattern != "" {
		return pattern
	}
	return route
}

// hostname returns a host without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// WithSpanName sets a function that names the span of a handled request; ""
// keeps the default of the HTTP semantic conventions, method and route. Names
// should have low cardinality. If the function panics, the default is kept and
// the panic is reported once.
func WithSpanName(name func(*http.Request) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes sets a function that returns attributes for the span of a
// handled request, if it is recorded. If it panics, the panic is reported once.
func WithAttributes(attributes func(*http.Request) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}

// WithMetricAttributes sets a function that returns attributes for the metrics of a
// handled request, such as a tenant or a plan. They are added to all metrics except
// http.server.active_requests, which is recorded before. Attributes of the HTTP semantic
// conventions take precedence over attributes with the same key. If the function panics,
// the panic is reported once and no attributes are added. Default: none.
//
// Return only values from a small, known set. Each combination of values is a separate
// time series for as long as the service runs. A value that a client chooses, such as an
// id or an unmodified header, lets the client create any number of series. The SDK keeps
// up to 2,000 series of an instrument (its cardinality limit) and counts all others
// together under otel.metric.overflow. From then on, new routes, statuses or tenants are
// no longer distinguished. Backends charge for each series.
func WithMetricAttributes(attributes func(*http.Request) []attribute.KeyValue) Option {
	return option(func(c *config) { c.metricAttributes = attributes })
}

// WithStartAttributes sets a function that returns attributes for the start of the span,
// so that samplers, and processors in OnStart, see them. The function runs before the
// handlers, for each request that is not excluded, even if nothing is recorded, so it
// should be cheap. If the function panics, the panic is reported once and no attributes
// are added. Default: none.
//
// For attributes that are known only at the end, use [WithAttributes], which is called
// only for recorded spans.
func WithStartAttributes(attributes func(*http.Request) []attribute.KeyValue) Option {
	return option(func(c *config) { c.startAttributes = attributes })
}

// WithResponseWriter sets a function that returns the writer for the handlers,
// to preserve interfaces of the writer below that net/http does not define: the
// middleware itself preserves only [http.Flusher], [http.Hijacker],
// [io.ReaderFrom], [http.Pusher] and the methods for [http.ResponseController].
// The result must keep the interfaces of observed. For HTTP/3 of quic-go:
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
// A CONNECT request, such as WebTransport's, needs no option: if the writer
// below has unknown methods, the handler gets that writer itself, and the span
// has no status code. Default: observed.
func WithResponseWriter(combine func(observed, below http.ResponseWriter) http.ResponseWriter) Option {
	return option(func(c *config) { c.writer = combine })
}
