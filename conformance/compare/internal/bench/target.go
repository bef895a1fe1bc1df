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
	// Direct is the bare framework whose handler records the floor's telemetry: the SDK
	// alone, with the same stack depth and number of routes.
	Direct = "direct"
	// Copy is the bare framework with a middleware that passes on a context with a value.
	// This is the least that an instrumentation must do to pass on a context.
	Copy = "copy"
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
	{"Echo v5", Bare, echo5Service(nil)}, {"Echo v5", Ours, echo5Service(echo5Ours)},
	{"Fiber v3", Bare, fiber3Service(nil)}, {"Fiber v3", Ours, fiber3Service(fiber3Ours)},
	{"", Floor, floor},
}

// direct lists the floor in each framework.
var direct = []target{
	{"Gin", Direct, ginService(nil)}, {"Echo", Direct, echoService(nil)}, {"Fiber", Direct, fiberService(nil)},
	{"net/http", Direct, netHTTPService(nil)}, {"chi", Direct, chiService(nil)},
	{"Echo v5", Direct, echo5Service(nil)}, {"Fiber v3", Direct, fiber3Service(nil)},
}

// copies are the targets with which modes that record nothing are compared.
var copies = []target{
	{"Gin", Copy, ginService(ginCopy)}, {"Echo", Copy, echoService(echoCopy)}, {"Fiber", Copy, fiberService(fiberCopy)},
	{"net/http", Copy, netHTTPService(netHTTPCopy)}, {"chi", Copy, chiService(chiCopy)},
	{"Echo v5", Copy, echo5Service(echo5Copy)}, {"Fiber v3", Copy, fiber3Service(fiber3Copy)},
}

// copied is the value that [Copy] adds to contexts.
type copied struct{}

// withValue adds a value to a context, as an instrumentation does.
func withValue(ctx context.Context) context.Context {
	return context.WithValue(ctx, copied{}, requestPath)
}

// setup describes a service.
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

// templates returns the routes, with the parameter in the framework's form.
func (s *setup) templates(parameter string) []string {
	templates := []string{excludedPath, "/process/" + parameter}
	for i := 1; i < s.routes; i++ {
		templates = append(templates, "/r"+strconv.Itoa(i)+"/"+parameter)
	}
	return templates
}

// work returns the work that the handler of each route does before it responds, in the
// order of templates.
func (s *setup) work() []func(context.Context) {
	handle := func(ctx context.Context) {
		if s.handlerWork != nil {
			s.handlerWork(ctx)
		}
		if s.mode.yields {
			runtime.Gosched()
		}
	}
	work := make([]func(context.Context), len(s.templates("")))
	for i := range work {
		work[i] = handle
	}
	if s.variant == Direct {
		for i, record := range recorders(s) {
			work[i+1] = func(ctx context.Context) { record(ctx, handle) } // index 0 is the excluded path
		}
	}
	return work
}

// newSetup returns the setup of a variant. In the bare service, the handler has no
// telemetry to start a child span with.
func newSetup(m *Mode, variant string, t telemetry) setup {
	s := setup{mode: m, variant: variant, telemetry: t, routes: 1}
	if m.child && variant != Bare {
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
