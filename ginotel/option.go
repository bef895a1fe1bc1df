package ginotel

import (
	"fmt"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
)

// Option changes a [Middleware]. Only this package has options: the interface
// may get further methods.
type Option interface{ apply(*config) }

type config struct {
	spanName        func(*gin.Context) string
	attributes      func(*gin.Context) []attribute.KeyValue
	contextFallback bool
}

// newConfig applies opts.
func newConfig(opts []Option) (c config) {
	for i, o := range opts {
		if o == nil {
			panic(fmt.Sprintf("ginotel: option %d is nil, want one of this package, such as WithSpanName", i+1))
		}
		o.apply(&c)
	}
	return c
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithSpanName names the span of a request that was handled; "" keeps the
// default, method and route as the HTTP semantic conventions have it. Keep it
// of low cardinality. A panic in it is reported once and changes nothing else.
func WithSpanName(name func(*gin.Context) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes adds attributes to the span of a request that was handled, if
// it is recorded. A panic in it is reported once and changes nothing else.
func WithAttributes(attributes func(*gin.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.attributes = attributes })
}

// WithContextFallback makes [Use] turn on the engine's ContextWithFallback, so
// that a *gin.Context that is passed on as a context carries the span, and the
// deadline and the cancellation of the request.
//
// It is off by default, because an application that makes a context derived
// from c the one of c.Request does not survive it:
//
//	c.Request = c.Request.WithContext(context.WithValue(c, key, value))
//
// Each of the two contexts then looks into the other without end, and the
// stack overflow ends the process. Derive from c.Request.Context() instead, in
// every middleware that the application uses, and then turn it on.
// [Middleware] has no engine and panics with this option.
func WithContextFallback() Option {
	return option(func(c *config) { c.contextFallback = true })
}
