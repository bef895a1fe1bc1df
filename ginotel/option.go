package ginotel

import (
	"fmt"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
)

// Option configures a [Middleware]. Only this package can implement options;
// the interface may get more methods.
type Option interface{ apply(*config) }

type config struct {
	spanName         func(*gin.Context) string
	attributes       func(*gin.Context) []attribute.KeyValue
	metricAttributes func(*gin.Context) []attribute.KeyValue
	startAttributes  func(*gin.Context) []attribute.KeyValue
	contextFallback  bool
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

// WithSpanName sets a function that names the span of a handled request; ""
// keeps the default of the HTTP semantic conventions, method and route. Names
// should have low cardinality. If the function panics, the default is kept and
// the panic is reported once.
func WithSpanName(name func(*gin.Context) string) Option {
	return option(func(c *config) { c.spanName = name })
}

// WithAttributes sets a function that returns attributes for the span of a
// handled request, if it is recorded. If it panics, the panic is reported once.
func WithAttributes(attributes func(*gin.Context) []attribute.KeyValue) Option {
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
// alone. A panic in it is reported once and changes nothing else.
// Default: none.
func WithMetricAttributes(attributes func(*gin.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.metricAttributes = attributes })
}

// WithStartAttributes adds attributes to the span when it starts, so that a sampler
// sees them, and processors when they are told of the start. It runs before the
// handlers, and for each request that is not excluded, also where nothing is
// recorded: keep it cheap. [WithAttributes] is for what is known at the end, and
// asked only for spans that are recorded. A panic in it is reported once and changes
// nothing else. Default: none.
func WithStartAttributes(attributes func(*gin.Context) []attribute.KeyValue) Option {
	return option(func(c *config) { c.startAttributes = attributes })
}

// WithContextFallback makes [Use] turn on the engine's ContextWithFallback, so
// that a *gin.Context used as a context has the span, the deadline and the
// cancellation of the request.
//
// It is off by default, because it breaks applications that derive the context
// of c.Request from c:
//
//	c.Request = c.Request.WithContext(context.WithValue(c, key, value))
//
// The two contexts then look up values in each other endlessly, until a stack
// overflow ends the process. Before turning it on, make sure that all
// middlewares derive from c.Request.Context() instead. [Middleware] panics with
// this option, since it has no engine.
func WithContextFallback() Option {
	return option(func(c *config) { c.contextFallback = true })
}
