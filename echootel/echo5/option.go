package echootel

import (
	"github.com/labstack/echo/v5"
	"go.opentelemetry.io/otel/attribute"
)

// Option configures a [Middleware]. Only this package can implement options;
// the interface may get more methods.
type Option interface{ apply(*config) }

type config struct {
	spanName         func(*echo.Context) string
	attributes       func(*echo.Context) []attribute.KeyValue
	metricAttributes func(*echo.Context) []attribute.KeyValue
	startAttributes  func(*echo.Context) []attribute.KeyValue
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

// WithMetricAttributes adds attributes to the metrics of a request that was
// handled, but for active requests, which are counted before: a tenant, a plan. The
// attributes of the conventions win where both have a key. Each combination of
// values is a series of its own, for as long as the service runs: what a client can
// make up, such as an id or a header as it is, makes as many as it likes. The SDK
// keeps 2,000 of an instrument (its cardinality limit) and counts the rest together
// under otel.metric.overflow, so that after that no new route, status or tenant is
// told apart either; backends charge by series. Return values of a small known set
// alone. It runs when the middleware returns, and so before Echo's error handler. A panic in it is reported once and changes nothing else.
// Default: none.
func WithMetricAttributes(attributes func(*echo.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.metricAttributes = attributes })
}

// WithStartAttributes adds attributes to the span when it starts, so that a sampler
// sees them, and processors when they are told of the start. It runs before the
// handlers, and for each request that is not excluded, also where nothing is
// recorded: keep it cheap. [WithAttributes] is for what is known at the end, and
// asked only for spans that are recorded. A panic in it is reported once and changes
// nothing else. Default: none.
func WithStartAttributes(attributes func(*echo.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.startAttributes = attributes })
}
