package echootel

import (
	"github.com/labstack/echo/v5"
	"go.opentelemetry.io/otel/attribute"
)

// Option configures a [Middleware]. Only this package can implement options;
// the interface may get more methods.
type Option interface{ apply(*config) }

type config struct {
	spanName   func(*echo.Context) string
	attributes func(*echo.Context) []attribute.KeyValue
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithSpanName sets a function that names the span of a handled request; ""
// keeps the default of the HTTP semantic conventions, method and route. Names
// should have low cardinality. The function runs when the middleware returns,
// before Echo's error handler. If it panics, the default is kept and the panic
// is reported once.
func WithSpanName(name func(*echo.Context) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes sets a function that returns attributes for the span of a
// handled request, if it is recorded. The function runs when the middleware
// returns, before Echo's error handler. If it panics, the panic is reported
// once.
func WithAttributes(attributes func(*echo.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}
