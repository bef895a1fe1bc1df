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

// WithRoute sets a function that returns the route of a handled request, for
// routers other than [http.ServeMux]. It must return a template and never the
// path, which would create a metric series for each path; "" falls back to the
// request's pattern. Of a ServeMux pattern, such as the result "GET
// example.com/x/{id}" of its Handler method, method and host are dropped.
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

// WithMetricAttributes adds attributes to the metrics of a request that was
// handled, but for active requests, which are counted before: a tenant, a plan. The
// attributes of the conventions win where both have a key. Each combination of
// values is a series of its own, for as long as the service runs: what a client can
// make up, such as an id or a header as it is, makes as many as it likes. The SDK
// keeps 2,000 of an instrument (its cardinality limit) and counts the rest together
// under otel.metric.overflow, so that after that no new route, status or tenant is
// told apart either; backends charge by series. Return values of a small known set
// alone. A panic in it is reported once and changes nothing else.
// Default: none.
func WithMetricAttributes(attributes func(*http.Request) []attribute.KeyValue) Option {
	return option(func(c *config) { c.metricAttributes = attributes })
}

// WithStartAttributes adds attributes to the span when it starts, so that a sampler
// sees them, and processors when they are told of the start. It runs before the
// handlers, and for each request that is not excluded, also where nothing is
// recorded: keep it cheap. [WithAttributes] is for what is known at the end, and
// asked only for spans that are recorded. A panic in it is reported once and changes
// nothing else. Default: none.
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
