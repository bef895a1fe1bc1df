package nethttpotel

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
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
// pattern. Default: the pattern.
func WithRoute(route func(*http.Request) string) Option {
	return option(func(c *config) { c.route = route })
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
