package fiberotel

import (
	"fmt"

	"github.com/gofiber/fiber/v2"
	"go.opentelemetry.io/otel/attribute"
)

// Option changes a [Middleware]. Only this package has options: the interface
// may get further methods.
type Option interface{ apply(*config) }

type config struct {
	spanName   func(*fiber.Ctx) string
	attributes func(*fiber.Ctx) []attribute.KeyValue
}

// apply panics where an option is nil.
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

// WithSpanName names the span of a request that was handled; "" keeps the
// default, method and route as the HTTP semantic conventions have it. Keep it
// of low cardinality. It runs when the handlers have returned, before Fiber's
// error handler. A panic in it is reported once and changes nothing else.
func WithSpanName(name func(*fiber.Ctx) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes adds attributes to the span of a request that was handled, if
// it is recorded. Strings of the Ctx need no copying: that is done. It runs
// when the handlers have returned, before Fiber's error handler. A panic in it
// is reported once and changes nothing else.
func WithAttributes(attributes func(*fiber.Ctx) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}
