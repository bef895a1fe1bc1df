package bench

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
)

// The variants of a framework's service.
const (
	Bare     = "bare"
	Ours     = "ours"
	Upstream = "upstream"
	// Floor is not of a framework.
	Floor = "floor"
)

// Frameworks are all frameworks.
var Frameworks = []string{"Gin", "Echo", "Fiber", "net/http"}

// client serves n requests, one after the other. Each goroutine has its own.
type client func(n int)

// service makes clients.
type service func() client

// target is one variant of one framework's service.
type target struct {
	framework, variant string
	serve              func(setup) service
}

var targets = []target{
	{"Gin", Bare, ginService(nil)}, {"Gin", Ours, ginService(ginOurs)}, {"Gin", Upstream, ginService(ginUpstream)},
	{"Echo", Bare, echoService(nil)}, {"Echo", Ours, echoService(echoOurs)}, {"Echo", Upstream, echoService(echoUpstream)},
	{"Fiber", Bare, fiberService(nil)}, {"Fiber", Ours, fiberService(fiberOurs)}, {"Fiber", Upstream, fiberService(fiberUpstream)},
	{"net/http", Bare, netHTTPService(nil)}, {"net/http", Ours, netHTTPService(netHTTPOurs)}, {"net/http", Upstream, netHTTPService(netHTTPUpstream)},
	{"", Floor, floor},
}

// setup is what a service is made of.
type setup struct {
	mode *Mode
	telemetry
	// work is what the handler does besides its answer; nil is nothing.
	work func(context.Context)
	// routes is how many routes there are besides the one that is asked for.
	routes int
}

func newSetup(m *Mode, t telemetry) setup {
	s := setup{mode: m, telemetry: t}
	if m.child {
		tracer := t.tracers.Tracer("bench")
		s.work = func(ctx context.Context) {
			_, span := tracer.Start(ctx, "process_item_logic", trace.WithAttributes(attribute.String("item.id", "12345")))
			span.End()
		}
	}
	return s
}

func (s *setup) engine() *httpserver.Engine {
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: s.tracers, MeterProvider: s.meters, Propagator: s.propagator,
		Exclude: []string{"healthz", "metrics", "docs"},
	})
	if err != nil {
		panic(err) // the settings are constants
	}
	return engine
}

// isExcluded is what users of the official middlewares write.
func isExcluded(path string) bool { return path == "/healthz" || path == "/metrics" || path == "/docs" }
