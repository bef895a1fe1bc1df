package fiberotel

import (
	"fmt"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/attribute"
)

// Option configures a [Middleware]. Only this package can implement options;
// the interface may get more methods.
type Option interface{ apply(*config) }

type config struct {
	spanName   func(*fiber.Ctx) string
	attributes func(*fiber.Ctx) []attribute.KeyValue
}

// apply panics if an option is nil.
func (c *config) apply(opts []Option) {
	for i, o := range opts {
		if o == nil {
			panic(fmt.Sprintf("fiberotel: option %d is nil, want one of this package, such as WithSpanName", i+1))
		}
		o.apply(c)
	}
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithSpanName sets a function that names the span of a handled request; ""
// keeps the default of the HTTP semantic conventions, method and route. Names
// should have low cardinality. The function runs when the handlers have
// returned, before Fiber's error handler. If it panics, the default is kept and
// the panic is reported once.
func WithSpanName(name func(*fiber.Ctx) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes sets a function that returns attributes for the span of a
// handled request, if it is recorded. Strings of the Ctx need not be copied.
// The function runs when the handlers have returned, before Fiber's error
// handler. If it panics, the panic is reported once.
func WithAttributes(attributes func(*fiber.Ctx) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}
