package nethttpotel

import (
	"net"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver/stdhttp"
)

// Option changes a [Middleware].
type Option interface{ apply(*config) }

type config struct {
	route      func(*http.Request) string
	spanName   func(*http.Request) string
	attributes func(*http.Request) []attribute.KeyValue
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
