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

// ownScope is the path of this package.
const ownScope = "github.com/samespan/samespan/core/httpserver"

// Framework describes the framework of an adapter.
type Framework struct {
	// Name determines the framework's exclusion variable: "gin" stands for
	// OTEL_GO_GIN_EXCLUDED_URLS. It may contain only ASCII letters and digits. If Name is
	// empty, there is no such variable.
	Name string
	// Scope and Version are the instrumentation scope: the adapter's module
	// path and version. If Scope is empty, it is the path of this package.
	Scope   string
	Version string
	// ParamEnds are the characters that end a parameter's name in a route such as
	// /process/:item_id. Empty means that the framework writes parameters in braces.
	ParamEnds string
	// Wildcards are the characters that stand for a wildcard without a name: "*+" in
	// Fiber. If empty, a star is a wildcard that may have a name, as in
	// /static/*filepath.
	Wildcards string
	// Recycles means that strings from the framework's context are in buffers that are
	// reused for the next request. The engine then copies what hooks return.
	Recycles bool
}

// Instrumentation is an engine configured for one framework. It starts exchanges. It is made by
// [Engine.Instrument]. Its methods are safe for concurrent use.
type Instrumentation struct {
	engine          *Engine
	tracer          trace.Tracer
	excludeRules    *ruleSet
	operations      *operations
	activeRequests  *activeCounter
	recyclesBuffers bool
	// metricsOff is set if metrics are off, and telemetryOff if all telemetry is off.
	metricsOff, telemetryOff bool

	duration     httpconv.ServerRequestDuration
	requestSize  httpconv.ServerRequestBodySize
	responseSize httpconv.ServerResponseBodySize

	// These call the functions of the user and recover their panics.
	routeNameRunner        hookRunner
	spanNameRunner         hookRunner
	attributesRunner       hookRunner
	metricAttributesRunner hookRunner
	startAttributesRunner  hookRunner
}

// Instrument returns the engine's Instrumentation for a framework. It returns the same
// Instrumentation for each call with the same framework.
func (e *Engine) Instrument(framework Framework) (*Instrumentation, error) {
	if framework.Name != "" && !isValidFrameworkName(framework.Name) {
		return nil, setting.Invalid("framework name", framework.Name, "letters and digits, such as gin, or an empty name")
	}
	if framework.Scope == "" {
		framework.Scope = ownScope // The SDK would use its own path.
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if instrumentation, ok := e.instrumentations[framework]; ok {
		return instrumentation, nil
	}
	instrumentation, err := e.newInstrumentation(framework)
	if err != nil {
		return nil, fmt.Errorf("httpserver: create the instruments of %s: %w", framework.Scope, err)
	}
	e.instrumentations[framework] = instrumentation
	return instrumentation, nil
}

// MustInstrument is Instrument for constructors of adapters, which return no error. It
// panics if there is no engine or the framework is invalid, so that the mistake shows as
// soon as the service starts.
func MustInstrument(src Source, framework Framework) *Instrumentation {
	instrumentation, err := MustEngine(src, framework.Scope).Instrument(framework)
	if err != nil {
		panic(err.Error())
	}
	return instrumentation
}

// MustEngine returns the engine of src. It panics if src is nil, or has no engine that [New] has
// made. The message of the panic begins with scope, the package whose constructor was called.
func MustEngine(src Source, scope string) *Engine {
	var engine *Engine
	if src != nil {
		engine = src.HTTPEngine()
	}
	if engine == nil || engine.tracers == nil {
		panic(fmt.Sprintf("%s: the source of telemetry is nil, or has an engine without providers, want the *core.Telemetry of core.Setup or the *httpserver.Engine of httpserver.New", scope))
	}
	return engine
}

func (e *Engine) newInstrumentation(framework Framework) (*Instrumentation, error) {
	meter := e.meters.Meter(framework.Scope,
		metric.WithInstrumentationVersion(framework.Version),
		metric.WithSchemaURL(semconv.SchemaURL))
	instrumentation := &Instrumentation{
		engine: e,
		tracer: e.tracers.Tracer(framework.Scope,
			trace.WithInstrumentationVersion(framework.Version),
			trace.WithSchemaURL(semconv.SchemaURL)),
		excludeRules:           e.rulesFor(framework.Name),
		operations:             newOperations(e.routeFormat, route.Syntax{Ends: framework.ParamEnds, Wildcards: framework.Wildcards}, e.methods),
		recyclesBuffers:        framework.Recycles,
		routeNameRunner:        hookRunner{name: "route name", errorHandler: e.errorHandler},
		spanNameRunner:         hookRunner{name: "span name", errorHandler: e.errorHandler},
		attributesRunner:       hookRunner{name: "attributes", errorHandler: e.errorHandler},
		metricAttributesRunner: hookRunner{name: "metric attributes", errorHandler: e.errorHandler},
		startAttributesRunner:  hookRunner{name: "start attributes", errorHandler: e.errorHandler},
	}
	_, untraced := e.tracers.(nooptrace.TracerProvider)
	_, instrumentation.metricsOff = e.meters.(noopmetric.MeterProvider)
	instrumentation.telemetryOff = untraced && instrumentation.metricsOff
	var problems [4]error
	var activeMeter metric.Meter
	if e.recordsActiveRequests {
		activeMeter = meter
	}
	instrumentation.activeRequests, problems[0] = newActiveCounter(activeMeter, e.methods, e.notifyWaiters)
	instrumentation.duration, problems[1] = httpconv.NewServerRequestDuration(meter)
	if e.recordsBodySizes {
		instrumentation.requestSize, problems[2] = httpconv.NewServerRequestBodySize(meter)
		instrumentation.responseSize, problems[3] = httpconv.NewServerResponseBodySize(meter)
	}
	return instrumentation, errors.Join(problems[:]...)
}

// RouteFormat returns the format in which routes are recorded: see [Config].RouteFormat.
func (i *Instrumentation) RouteFormat() RouteFormat { return i.engine.routeFormat }

// ServerIsStopping reports whether responses should ask clients to close their
// connections: see [Engine.ServerStopping].
func (i *Instrumentation) ServerIsStopping() bool { return i.engine.serverStopping.Load() }

// ServerIsClosed reports whether the service has closed the connections of requests in
// progress: see [Engine.ServerClosed]. If a connection ends afterwards, the server has
// closed it, not the client.
func (i *Instrumentation) ServerIsClosed() bool { return i.engine.serverClosed.Load() }

// ServerIsClosed returns the result of [Instrumentation.ServerIsClosed], or false if the
// request is excluded or all telemetry is off.
func (x *Exchange) ServerIsClosed() bool {
	return x.instrumentation != nil && x.instrumentation.ServerIsClosed()
}
