package nethttpotel

import (
	"net"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/internal/stdhttp"
)

// Option changes a [Middleware]. Only this package has options: the interface
// may get further methods.
type Option interface{ apply(*config) }

type config struct {
	route      func(*http.Request) string
	spanName   func(*http.Request) string
	attributes func(*http.Request) []attribute.KeyValue
	writer     func(observed, below http.ResponseWriter) http.ResponseWriter
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithRoute names the route of a request that was handled, for routers that
// are not an [http.ServeMux]. It must return a template, never the path, which
// would make a metric series for each one; "" falls back to the request's
// pattern. A pattern of a ServeMux, such as the "GET example.com/x/{id}" of its
// Handler method, counts without its method and host. Default: the pattern.
func WithRoute(route func(*http.Request) string) Option {
	return option(func(c *config) {
		if c.route = nil; route != nil {
			c.route = func(r *http.Request) string { return template(route(r), r) }
		}
	})
}

// template returns a route without the method and the host that it has where it
// is a pattern of a ServeMux.
func template(route string, r *http.Request) string {
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

// WithSpanName names the span of a request that was handled; "" keeps the
// default, method and route as the HTTP semantic conventions have it. Keep it
// of low cardinality. A panic in it is reported once and changes nothing else.
func WithSpanName(name func(*http.Request) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes adds attributes to the span of a request that was handled, if
// it is recorded. A panic in it is reported once and changes nothing else.
func WithAttributes(attributes func(*http.Request) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}

// WithResponseWriter gives the handlers the writer that combine returns, for
// interfaces of the writer below that are not net/http's: the middleware keeps
// [http.Flusher], [http.Hijacker], [io.ReaderFrom], [http.Pusher] and what
// [http.ResponseController] looks for, and cannot know others. What observed
// has must stay. With HTTP/3 of quic-go:
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
// A CONNECT request, as WebTransport's, needs no option: where the writer below
// has methods that are not known, the handler gets that writer itself, and the
// span has no status code. Default: observed.
func WithResponseWriter(combine func(observed, below http.ResponseWriter) http.ResponseWriter) Option {
	return option(func(c *config) { c.writer = combine })
}
