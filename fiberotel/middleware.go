package fiberotel

import (
	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/core/httpserver"
)

var framework = httpserver.Framework{
	Name:    "fiber",
	Scope:   "github.com/samespan/samespan/fiberotel",
	Version: Version,
	// As Fiber's own path parser has them.
	ParamEnds: `/-.:?<\`,
	Wildcards: "*+",
}

// Middleware returns a middleware that instruments every request that reaches
// it; register it first. src is the *core.Telemetry of core.Setup or the
// *httpserver.Engine of httpserver.New; nil panics, here and not at the first
// request.
func Middleware(src httpserver.Source, opts ...Option) fiber.Handler {
	m := &middleware{instrumentation: httpserver.MustInstrument(src, framework)}
	for _, o := range opts {
		o.apply(&m.config)
	}
	return m.handle
}

type middleware struct {
	instrumentation *httpserver.Instrumentation
	config          config
}

func (m *middleware) handle(c *fiber.Ctx) error {
	request := readRequest(c)
	ctx, started := m.instrumentation.Start(c.UserContext(), &request)
	publish(ctx, c)
	if !started.Observed() {
		return c.Next()
	}
	x := &exchange{Exchange: started, server: c.Context(), requestSize: requestSize(&c.Context().Request)}
	returned := false
	var err error
	defer func() {
		if returned {
			x.returned(err, m.outcome(c, nil))
			return
		}
		// nil when the goroutine exits without a panic.
		panicked := recover()
		x.interrupted(m.outcome(c, panicked))
		if panicked != nil {
			panic(panicked)
		}
	}()
	err = c.Next()
	returned = true
	return err
}

// outcome is what is known as long as c is the request's: Fiber gives it to the
// next request before the answer is on the wire.
func (m *middleware) outcome(c *fiber.Ctx, panicked any) httpserver.Outcome {
	return httpserver.Outcome{
		Route:      route(c),
		Panic:      panicked,
		SpanName:   httpserver.Bind(m.config.spanName, c),
		Attributes: httpserver.Bind(m.config.attributes, c),
	}
}
