package echootel

import (
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
)

// Option configures a [Middleware]. If an option is given several times, the last one applies. An
// option with a nil function selects the default. Only this package can implement options, and the
// interface may get more methods.
type Option interface{ apply(*config) }

// config holds the values of the options. Each function is nil if its option is not given.
type config struct {
	spanName         func(echo.Context) string
	attributes       func(echo.Context) []attribute.KeyValue
	metricAttributes func(echo.Context) []attribute.KeyValue
	startAttributes  func(echo.Context) []attribute.KeyValue
}

// option is an [Option] that changes a config.
type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithSpanName sets a function that names the span of a handled request. If the function
// returns "", the span keeps the default name of the HTTP semantic conventions, which
// consists of method and route. Names should have low cardinality. The function runs when
// the middleware returns, before Echo's error handler. If the function panics, the span
// keeps the default name and the panic is reported once.
func WithSpanName(name func(echo.Context) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes sets a function that returns attributes for the span of a handled request.
// The function runs when the middleware returns, before Echo's error handler, and only if
// the span is recorded. If the function panics, the panic is reported once.
func WithAttributes(attributes func(echo.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}

// WithMetricAttributes sets a function that returns attributes for the metrics of a
// handled request, such as a tenant or a plan. They are added to all metrics except
// http.server.active_requests, which is recorded before the handlers run. Attributes of
// the HTTP semantic conventions take precedence over attributes with the same key. The
// function runs when the middleware returns, before Echo's error handler. If the function
// panics, the panic is reported once and no attributes are added. Default: none.
//
// Return only values from a small, known set. Each combination of values is a separate
// time series for as long as the service runs. A value that a client chooses, such as an
// id or an unmodified header, lets the client create any number of series. The SDK keeps
// up to 2,000 series of an instrument, its cardinality limit. It counts all other
// measurements together, under otel.metric.overflow. New routes, statuses or tenants are
// then no longer distinguished. Backends charge for each series.
func WithMetricAttributes(attributes func(echo.Context) []attribute.KeyValue) Option {
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
func WithStartAttributes(attributes func(echo.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.startAttributes = attributes })
}
