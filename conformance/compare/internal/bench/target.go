package bench

import (
	"context"
	"runtime"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/contextvalue"
)

// The variants of a framework's service.
const (
	Bare     = "bare"
	Ours     = "ours"
	Upstream = "upstream"
	// Floor does not depend on a framework.
	Floor = "floor"
)

// Frameworks are all frameworks. Those without an official middleware have no
// upstream variant.
var Frameworks = []string{"Gin", "Echo", "Fiber", "net/http", "chi", "Echo v5", "Fiber v3"}

// client serves n requests in sequence. Each goroutine has its own client.
type client func(n int)

// service creates clients.
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
	{"chi", Bare, chiService(nil)}, {"chi", Ours, chiService(chiOurs)}, {"chi", Upstream, chiService(chiUpstream)},
	{"Echo v5", Bare, echo5Service(false)}, {"Echo v5", Ours, echo5Service(true)},
	{"Fiber v3", Bare, fiber3Service(false)}, {"Fiber v3", Ours, fiber3Service(true)},
	{"", Floor, floor},
}

// setup describes a service.
type setup struct {
	mode *Mode
	telemetry
	// handlerWork is what the handler does besides answering; nil means nothing.
	handlerWork func(context.Context)
	// routes is the number of routes, which are requested in turn.
	routes int
}

// paths returns the requested paths, one for each route.
func (s *setup) paths() []string {
	if s.mode.excluded {
		return []string{excludedPath}
	}
	paths := []string{requestPath}
	for i := 1; i < s.routes; i++ {
		paths = append(paths, "/r"+strconv.Itoa(i)+"/12345")
	}
	return paths
}

// templates are the routes, with the parameter as the framework writes it.
func (s *setup) templates(parameter string) []string {
	templates := []string{excludedPath, "/process/" + parameter}
	for i := 1; i < s.routes; i++ {
		templates = append(templates, "/r"+strconv.Itoa(i)+"/"+parameter)
	}
	return templates
}

// handle does the work of a handler. The bare service has no telemetry for a
// span.
func (s *setup) handle(ctx context.Context, bare bool) {
	if s.handlerWork != nil && !bare {
		s.handlerWork(ctx)
	}
	if s.mode.yields {
		runtime.Gosched()
	}
}

func newSetup(m *Mode, t telemetry) setup {
	s := setup{mode: m, telemetry: t, routes: 1}
	if m.child {
		tracer := t.tracers.Tracer("bench")
		s.handlerWork = func(ctx context.Context) {
			_, span := tracer.Start(ctx, "process_item_logic", trace.WithAttributes(attribute.String("item.id", "12345")))
			span.End()
		}
	}
	return s
}

func (s *setup) engine() *httpserver.Engine {
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: contextvalue.SampledByCore(s.tracers), MeterProvider: s.meters, Propagator: s.propagator,
		Exclude: []string{"healthz", "metrics", "docs"},
	})
	if err != nil {
		panic(err) // the settings are constants
	}
	return engine
}

// isExcluded is the filter that users of the official middlewares write.
func isExcluded(path string) bool { return path == "/healthz" || path == "/metrics" || path == "/docs" }
