package core

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/providers"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/core/internal/serving"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/core/internal/task"
)

// Telemetry is a service's telemetry, from [Setup] to [Telemetry.Shutdown]. Its methods
// may be called from several goroutines. A Telemetry must not be copied.
//
// The zero value records no telemetry: see [Disabled]. The methods of a nil *Telemetry
// behave like those of the zero value, with two exceptions. Serve does not wait for the
// tasks of Go, since a nil Telemetry cannot keep track of them. HTTPEngine returns nil, so
// that a middleware rejects a Telemetry that was never set up.
type Telemetry struct {
	// initOnce initializes the zero value on its first use.
	initOnce sync.Once

	providers  *providers.Providers
	propagator propagation.TextMapPropagator
	engine     *httpserver.Engine // for adapters
	taskTracer trace.Tracer       // starts the spans of the method Go

	// logger returns the logger for messages about the telemetry.
	logger func() *slog.Logger
	// reporter logs losses and other errors, each kind at most once a minute.
	reporter *selflog.Reporter
	// logLevel is the minimum level that LogHandler exports.
	logLevel slog.Leveler

	tasks task.Group // the running tasks, which were started by the method Go

	// effectiveConfig holds the lines of String.
	effectiveConfig []slog.Attr

	shutdownTimeout time.Duration
	gracePeriod     time.Duration
	drainDelay      time.Duration

	draining  chan struct{} // the channel of Draining
	drainOnce sync.Once     // closes draining

	// finalExportBegun is set once a shutdown has begun to export.
	finalExportBegun atomic.Bool
	shutdownOnce     sync.Once // runs the shutdown
	shutdownErrors   []error   // result of the shutdown

	servers        serving.Servers // the servers of all calls of Serve
	withoutSignals bool            // Serve leaves signals to the application
}

// HTTPEngine returns the engine that adapters use to make server spans, or nil
// if t is nil. It makes t an [httpserver.Source].
func (t *Telemetry) HTTPEngine() *httpserver.Engine {
	if t == nil {
		return nil
	}
	return t.ensureInitialized().engine
}

// TracerProvider returns the tracer provider. If OTEL_TRACES_EXPORTER is none and no option
// adds an exporter or a processor, the provider records nothing and propagates the caller's
// context unchanged. Otherwise it is an SDK provider. Span processors that are registered on that provider are flushed and
// shut down with t, within the same time limit. If there are such processors, spans that
// end after the shutdown are not counted.
func (t *Telemetry) TracerProvider() trace.TracerProvider {
	return t.ensureInitialized().providers.Tracer
}

// MeterProvider returns the meter provider, which records nothing if
// OTEL_METRICS_EXPORTER is none and no option adds an exporter or a reader.
func (t *Telemetry) MeterProvider() metric.MeterProvider {
	return t.ensureInitialized().providers.Meter
}

// LoggerProvider returns the logger provider of OpenTelemetry, for bridges from
// other logging packages; for [log/slog] use [Telemetry.LogHandler]. It records
// nothing if OTEL_LOGS_EXPORTER is none and no option adds an exporter or a processor.
func (t *Telemetry) LoggerProvider() log.LoggerProvider {
	return t.ensureInitialized().providers.Logger
}

// Propagator returns the propagator for the trace context and baggage of requests.
func (t *Telemetry) Propagator() propagation.TextMapPropagator {
	return t.ensureInitialized().propagator
}

var _ httpserver.Source = (*Telemetry)(nil)

// Draining returns a channel that is closed when [Telemetry.Serve] has been told to stop
// or [Telemetry.Shutdown] is called. After that, a readiness check should respond with
// 503, so that load balancers stop sending requests during the delay of [WithDrainDelay].
// Streams, such as server-sent events, should end: Serve waits for them like for other
// requests in progress.
func (t *Telemetry) Draining() <-chan struct{} { return t.ensureInitialized().draining }

// startDraining closes the channel of Draining.
func (t *Telemetry) startDraining() { t.drainOnce.Do(func() { close(t.draining) }) }

// logSelf logs a message about the telemetry itself.
func (t *Telemetry) logSelf(level slog.Level, message string, attributes ...slog.Attr) {
	t.logger().LogAttrs(selflog.Context, level, message, attributes...)
}

// Disabled returns a Telemetry that records no telemetry, for tests and for services that
// run without telemetry. It propagates the W3C trace context and baggage of requests.
// Serve and Go work as usual, with the default time limits of [Setup]. Disabled registers
// nothing, and reads only the variables for server spans: outgoing calls of a request that
// OTEL_GO_EXCLUDED_URLS excludes get the flag "not sampled". [Setup] returns a similar value
// if it fails, and with [WithDisabled].
func Disabled() *Telemetry { return new(Telemetry).ensureInitialized() }

// ensureInitialized returns t, after initializing it if it is the zero value. If t is
// nil, it returns a disabled Telemetry.
func (t *Telemetry) ensureInitialized() *Telemetry {
	if t == nil {
		t = new(Telemetry)
	}
	t.initOnce.Do(func() {
		t.disable(settings.DefaultTimes, slog.Default, propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	})
	return t
}

// init initializes t with the given settings instead of the defaults that
// ensureInitialized uses.
func (t *Telemetry) init(limits settings.Times, logger func() *slog.Logger, propagator propagation.TextMapPropagator) {
	t.initOnce.Do(func() { t.disable(limits, logger, propagator) })
}

// disable makes t a Telemetry that records nothing, with the given settings. Setup calls it
// first, and then replaces the providers of the signals that are recorded.
func (t *Telemetry) disable(limits settings.Times, logger func() *slog.Logger, propagator propagation.TextMapPropagator) {
	t.logger, t.reporter, t.logLevel = logger, selflog.NewReporter(logger), slog.LevelInfo
	t.providers, t.propagator = providers.None(t.reporter), propagator
	t.taskTracer = t.providers.Tracer.Tracer(scopeName, trace.WithInstrumentationVersion(Version))
	t.shutdownTimeout, t.gracePeriod, t.drainDelay = limits.ShutdownTimeout, limits.GracePeriod, limits.DrainDelay
	t.draining = make(chan struct{})
	t.effectiveConfig = []slog.Attr{slog.String("state", "off, no telemetry is recorded")}
	// There is no error: Warn ignores the variables that are invalid.
	t.engine, _ = httpserver.New(httpserver.Config{
		TracerProvider: t.providers.Tracer, MeterProvider: t.providers.Meter, Propagator: propagator,
		Warn: func(error) {},
	})
}
