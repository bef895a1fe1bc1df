package httpserver

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver/internal/route"
	"github.com/samespan/samespan/core/httpserver/internal/setting"
)

// Framework is what an adapter says of itself.
type Framework struct {
	// Name selects the framework's own exclusion variable: "gin" is
	// OTEL_GO_GIN_EXCLUDED_URLS. It has letters of ASCII and digits alone. A
	// framework without a name has no variable of its own.
	Name string
	// Scope and Version are the instrumentation scope: the adapter's module
	// path and version.
	Scope   string
	Version string
	// ParamEnds are the characters that end a parameter's name in a route
	// such as /process/:item_id; empty where routes are written with braces.
	ParamEnds string
	// Wildcards are the characters that are a wildcard without a name in a
	// route: "*+" in Fiber. By default a star is one that a name may follow,
	// as in /static/*filepath.
	Wildcards string
	// Recycles says that what hooks read from the framework's context lies in
	// buffers that it uses again for the next request: the engine copies what
	// they return.
	Recycles bool
}

// Instrumentation is the engine for one framework: it makes the exchanges.
type Instrumentation struct {
	engine     *Engine
	tracer     trace.Tracer
	rules      *ruleSet
	operations *operations
	active     *active
	recycles   bool
	// unmeasured says that nobody takes metrics, silent that nobody takes
	// anything.
	unmeasured, silent bool

	duration     httpconv.ServerRequestDuration
	requestSize  httpconv.ServerRequestBodySize
	responseSize httpconv.ServerResponseBodySize

	routeHook     hook
	nameHook      hook
	attributeHook hook
}

// Instrument returns the engine's part for one framework; for the same
// framework always the same.
func (e *Engine) Instrument(framework Framework) (*Instrumentation, error) {
	if framework.Name != "" && !isFrameworkName(framework.Name) {
		return nil, setting.Invalid("framework name", framework.Name, "letters and digits, such as gin, or none")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if in, ok := e.instrumentations[framework]; ok {
		return in, nil
	}
	in, err := e.newInstrumentation(framework)
	if err != nil {
		return nil, fmt.Errorf("httpserver: instruments of %s: %w", framework.Scope, err)
	}
	e.instrumentations[framework] = in
	return in, nil
}

// MustInstrument is Instrument for the constructors of adapters, which return
// no error: it panics when there is no engine or it cannot be used, which
// shows as soon as the service starts.
func MustInstrument(src Source, framework Framework) *Instrumentation {
	in, err := MustEngine(src, framework.Scope).Instrument(framework)
	if err != nil {
		panic(err.Error())
	}
	return in
}

// MustEngine returns the source's engine for the constructors of scope, a
// package that builds on it; it panics when there is none.
func MustEngine(src Source, scope string) *Engine {
	var engine *Engine
	if src != nil {
		engine = src.HTTPEngine()
	}
	if engine == nil {
		panic(fmt.Sprintf("%s: the source of telemetry is nil, want the *core.Telemetry of core.Setup or the *httpserver.Engine of httpserver.New", scope))
	}
	return engine
}

func (e *Engine) newInstrumentation(framework Framework) (*Instrumentation, error) {
	meter := e.meters.Meter(framework.Scope,
		metric.WithInstrumentationVersion(framework.Version),
		metric.WithSchemaURL(semconv.SchemaURL))
	in := &Instrumentation{
		engine: e,
		tracer: e.tracers.Tracer(framework.Scope,
			trace.WithInstrumentationVersion(framework.Version),
			trace.WithSchemaURL(semconv.SchemaURL)),
		rules:         e.rulesFor(framework.Name),
		operations:    newOperations(e.routeFormat, route.Syntax{Ends: framework.ParamEnds, Wildcards: framework.Wildcards}, e.methods),
		recycles:      framework.Recycles,
		routeHook:     hook{name: "route name", errors: e.errors},
		nameHook:      hook{name: "span name", errors: e.errors},
		attributeHook: hook{name: "attributes", errors: e.errors},
	}
	_, untraced := e.tracers.(nooptrace.TracerProvider)
	_, in.unmeasured = e.meters.(noopmetric.MeterProvider)
	in.silent = untraced && in.unmeasured
	var problems [4]error
	var activeMeter metric.Meter
	if e.activeRequests {
		activeMeter = meter
	}
	in.active, problems[0] = newActive(activeMeter, e.methods, e.changed)
	in.duration, problems[1] = httpconv.NewServerRequestDuration(meter)
	if e.bodySizes {
		in.requestSize, problems[2] = httpconv.NewServerRequestBodySize(meter)
		in.responseSize, problems[3] = httpconv.NewServerResponseBodySize(meter)
	}
	return in, errors.Join(problems[:]...)
}

// WantsBodySizes tells whether [Config].BodySizes is set. Where it is not, the
// sizes of an [Outcome] are not looked at, and an adapter need not count.
func (in *Instrumentation) WantsBodySizes() bool { return in.engine.bodySizes }

// ServerIsStopping tells whether answers ask clients to close their connections:
// see [Engine.ServerStopping].
func (in *Instrumentation) ServerIsStopping() bool { return in.engine.stopping.Load() }

// ServerIsClosed tells whether the service closes the connections of requests
// in progress: see [Engine.ServerClosed]. A connection that ends then was cut by
// the server, and not by its client.
func (in *Instrumentation) ServerIsClosed() bool { return in.engine.closed.Load() }

// ServerIsClosed is [Instrumentation.ServerIsClosed] of the exchange's.
func (x *Exchange) ServerIsClosed() bool { return x.in != nil && x.in.ServerIsClosed() }
