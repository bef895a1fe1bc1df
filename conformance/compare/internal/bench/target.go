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
	// Floor calls the SDK without a framework, and records the same telemetry as Ours. It
	// shows the cost of the SDK alone.
	Floor = "floor"
	// Direct is the bare framework with a handler that records the telemetry of Floor. It
	// shows the cost of the SDK with a framework's stack depth and number of routes.
	Direct = "direct"
	// Copy is the bare framework with a middleware that adds a value to the request's
	// context. Every instrumentation that adds a span to the context has at least this cost.
	Copy = "copy"
)

// Frameworks are all frameworks. A framework without an official middleware does not have
// the variant [Upstream].
var Frameworks = []string{"Gin", "Echo", "Fiber", "net/http", "chi", "Echo v5", "Fiber v3"}

// client sends n requests to a target, one after the other. Each goroutine needs its own
// client.
type client func(n int)

// clientFactory returns a new client of a service.
type clientFactory func() client

// serviceBuilder sets up a service in this process and returns a factory of its clients.
type serviceBuilder func(setup) clientFactory

// target is one variant of one framework's service.
type target struct {
	framework, variant string
	build              serviceBuilder
}

// targets are the compared variants of each framework, and the floor.
var targets = []target{
	{"Gin", Bare, ginBuilder(nil)}, {"Gin", Ours, ginBuilder(registerGinOurs)}, {"Gin", Upstream, ginBuilder(registerGinOfficial)},
	{"Echo", Bare, echoBuilder(nil)}, {"Echo", Ours, echoBuilder(echoOurMiddleware)}, {"Echo", Upstream, echoBuilder(echoOfficialMiddleware)},
	{"Fiber", Bare, fiberBuilder(nil)}, {"Fiber", Ours, fiberBuilder(fiberOurMiddleware)}, {"Fiber", Upstream, fiberBuilder(fiberOfficialMiddleware)},
	{"net/http", Bare, netHTTPBuilder(nil)}, {"net/http", Ours, netHTTPBuilder(netHTTPOurMiddleware)}, {"net/http", Upstream, netHTTPBuilder(netHTTPOfficialMiddleware)},
	{"chi", Bare, chiBuilder(nil)}, {"chi", Ours, chiBuilder(registerChiOurs)}, {"chi", Upstream, chiBuilder(registerChiOfficial)},
	{"Echo v5", Bare, echo5Builder(nil)}, {"Echo v5", Ours, echo5Builder(echo5OurMiddleware)},
	{"Fiber v3", Bare, fiber3Builder(nil)}, {"Fiber v3", Ours, fiber3Builder(fiber3OurMiddleware)},
	{"", Floor, buildFloor},
}

// directTargets are the bare frameworks with handlers that record the floor's telemetry.
var directTargets = []target{
	{"Gin", Direct, ginBuilder(nil)}, {"Echo", Direct, echoBuilder(nil)}, {"Fiber", Direct, fiberBuilder(nil)},
	{"net/http", Direct, netHTTPBuilder(nil)}, {"chi", Direct, chiBuilder(nil)},
	{"Echo v5", Direct, echo5Builder(nil)}, {"Fiber v3", Direct, fiber3Builder(nil)},
}

// copyTargets are the bare frameworks with a middleware that copies the request to give it
// a context with one more value. They are measured in modes that record nothing.
var copyTargets = []target{
	{"Gin", Copy, ginBuilder(registerGinCopy)}, {"Echo", Copy, echoBuilder(echoCopyMiddleware)}, {"Fiber", Copy, fiberBuilder(fiberCopyMiddleware)},
	{"net/http", Copy, netHTTPBuilder(netHTTPCopyMiddleware)}, {"chi", Copy, chiBuilder(registerChiCopy)},
	{"Echo v5", Copy, echo5Builder(echo5CopyMiddleware)}, {"Fiber v3", Copy, fiber3Builder(fiber3CopyMiddleware)},
}

// copyContextKey is the key of the context value that the [Copy] variants add.
type copyContextKey struct{}

// withValue adds a value to a context, as an instrumentation does.
func withValue(ctx context.Context) context.Context {
	return context.WithValue(ctx, copyContextKey{}, requestPath)
}

// setup has the parameters of a service.
type setup struct {
	mode    *Mode
	variant string
	telemetry
	// handlerWork is work that the handler does before it responds; nil means none.
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

// routePatterns returns the route patterns. parameter is the path parameter in the
// framework's syntax, such as ":item_id".
func (s *setup) routePatterns(parameter string) []string {
	templates := []string{excludedPath, "/process/" + parameter}
	for i := 1; i < s.routes; i++ {
		templates = append(templates, "/r"+strconv.Itoa(i)+"/"+parameter)
	}
	return templates
}

// routeWork returns, for each route, the function that its handler calls before it
// responds. The order is that of routePatterns.
func (s *setup) routeWork() []func(context.Context) {
	handle := func(ctx context.Context) {
		if s.handlerWork != nil {
			s.handlerWork(ctx)
		}
		if s.mode.yields {
			runtime.Gosched()
		}
	}
	work := make([]func(context.Context), len(s.routePatterns("")))
	for i := range work {
		work[i] = handle
	}
	if s.variant == Direct {
		for i, record := range newRecorders(s) {
			work[i+1] = func(ctx context.Context) { record(ctx, handle) } // index 0 is the excluded path
		}
	}
	return work
}

// newSetup returns the setup of a variant. The handler of the bare service starts no child
// span, since that service has no telemetry.
func newSetup(m *Mode, variant string, t telemetry) setup {
	s := setup{mode: m, variant: variant, telemetry: t, routes: 1}
	if m.startsChild && variant != Bare {
		tracer := t.tracers.Tracer("bench")
		s.handlerWork = func(ctx context.Context) {
			_, span := tracer.Start(ctx, "process_item_logic", trace.WithAttributes(attribute.String("item.id", "12345")))
			span.End()
		}
	}
	return s
}

// newEngine returns an engine of our adapters with the setup's providers.
func (s *setup) newEngine() *httpserver.Engine {
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: contextvalue.SampledByCore(s.tracers), MeterProvider: s.meters, Propagator: s.propagator,
		Exclude: []string{"healthz", "metrics", "docs"},
	})
	if err != nil {
		panic(err) // the settings are constants
	}
	return engine
}

// isExcluded reports whether a path is excluded, for the filters of the official
// middlewares.
func isExcluded(path string) bool { return path == "/healthz" || path == "/metrics" || path == "/docs" }
