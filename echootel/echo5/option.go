package echootel

import (
	"github.com/labstack/echo/v5"
	"go.opentelemetry.io/otel/attribute"
)

// Option changes a [Middleware]. Only this package has options: the interface
// may get further methods.
type Option interface{ apply(*config) }

type config struct {
	spanName   func(*echo.Context) string
	attributes func(*echo.Context) []attribute.KeyValue
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithSpanName names the span of a request that was handled; "" keeps the
// default, method and route as the HTTP semantic conventions have it. Keep it
// of low cardinality. It runs when the middleware returns, and so before
// Echo's error handler. A panic in it is reported once and changes nothing
// else.
func WithSpanName(name func(*echo.Context) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes adds attributes to the span of a request that was handled, if
// it is recorded. It runs when the middleware returns, and so before Echo's
// error handler. A panic in it is reported once and changes nothing else.
func WithAttributes(attributes func(*echo.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}
