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

// Telemetry is a service's telemetry, from [Setup] to [Telemetry.Shutdown]. Its
// methods may be called from several goroutines. A Telemetry must not be copied.
//
// The zero value makes no telemetry: see [Disabled]. The methods of a nil
// *Telemetry do what those of the zero value do, each by itself: Serve does not
// wait for the tasks of Go. Only HTTPEngine returns nil then, so that a
// middleware does not start with a Telemetry that was forgotten.
type Telemetry struct {
	// zero makes the zero value usable.
	zero sync.Once

	providers  *providers.Providers
	propagator propagation.TextMapPropagator
	engine     *httpserver.Engine
	tracer     trace.Tracer

	logger   func() *slog.Logger
	reporter *selflog.Reporter
	// logLevel is the least level of what LogHandler exports.
	logLevel slog.Leveler

	tasks task.Group

	// inForce are the lines of String.
	inForce []slog.Attr

	shutdownTimeout time.Duration
	gracePeriod     time.Duration
	drainDelay      time.Duration

	draining  chan struct{}
	drainOnce sync.Once

	// stopping is set once a shutdown has begun to send.
	stopping atomic.Bool
	stopOnce sync.Once
	stopped  []error

	servers        serving.Servers
	withoutSignals bool
}

// HTTPEngine returns the engine that adapters make server spans with, nil if t
// is nil. It makes t an [httpserver.Source].
func (t *Telemetry) HTTPEngine() *httpserver.Engine {
	if t == nil {
		return nil
	}
	return t.ready().engine
}

// TracerProvider returns the provider of tracers. It makes nothing where
// OTEL_TRACES_EXPORTER is none: the caller's context is passed on as it came.
// Else it is the SDK's: span processors that are registered on it are flushed
// and shut down with t, within the same time. Spans that end after such a
// shutdown are not counted.
func (t *Telemetry) TracerProvider() trace.TracerProvider { return t.ready().providers.Tracer }

// MeterProvider returns the provider of meters, which records nothing where
// OTEL_METRICS_EXPORTER is none.
func (t *Telemetry) MeterProvider() metric.MeterProvider { return t.ready().providers.Meter }

// LoggerProvider returns the provider of OpenTelemetry loggers, for a bridge
// from another logging package; for [log/slog] there is [Telemetry.LogHandler].
// It keeps nothing where OTEL_LOGS_EXPORTER is none.
func (t *Telemetry) LoggerProvider() log.LoggerProvider { return t.ready().providers.Logger }

// Propagator returns what reads and writes the trace context of requests.
func (t *Telemetry) Propagator() propagation.TextMapPropagator { return t.ready().propagator }

var _ httpserver.Source = (*Telemetry)(nil)

// Draining returns a channel that is closed when [Telemetry.Serve] has been
// told to stop, or [Telemetry.Shutdown] is called: while the delay of
// [WithDrainDelay] passes, a readiness check that sees it closed answers 503,
// and load balancers send no more. Streams, such as server-sent events, end when
// it is closed: those that do not are waited for, as other requests in progress.
func (t *Telemetry) Draining() <-chan struct{} { return t.ready().draining }

// drain closes the channel of Draining.
func (t *Telemetry) drain() { t.drainOnce.Do(func() { close(t.draining) }) }

// say logs a message about the telemetry itself.
func (t *Telemetry) say(level slog.Level, message string, attributes ...slog.Attr) {
	t.logger().LogAttrs(selflog.Context, level, message, attributes...)
}

// Disabled returns a Telemetry that makes no telemetry, for tests and for
// services that run without. It passes on the W3C trace context and baggage of
// requests, and its Serve and Go work as ever, with the times that [Setup] has by
// default. No variable changes it, and it registers nothing. [Setup] returns one
// like it with every error, and [WithDisabled] one with options.
func Disabled() *Telemetry { return new(Telemetry).ready() }

// ready returns t, made usable if it is the zero value, or a Telemetry that
// makes nothing if t is nil.
func (t *Telemetry) ready() *Telemetry {
	if t == nil {
		t = new(Telemetry)
	}
	t.zero.Do(func() {
		t.turnOff(settings.DefaultTimes, slog.Default, propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	})
	return t
}

// init makes t usable, in place of what ready would do.
func (t *Telemetry) init(limits settings.Times, logger func() *slog.Logger, propagator propagation.TextMapPropagator) {
	t.zero.Do(func() { t.turnOff(limits, logger, propagator) })
}

// turnOff fills t with what makes nothing. Setup replaces of it what it builds.
func (t *Telemetry) turnOff(limits settings.Times, logger func() *slog.Logger, propagator propagation.TextMapPropagator) {
	t.logger, t.reporter, t.logLevel = logger, selflog.NewReporter(logger), slog.LevelInfo
	t.providers, t.propagator = providers.None(t.reporter), propagator
	t.tracer = t.providers.Tracer.Tracer(scopeName, trace.WithInstrumentationVersion(Version))
	t.shutdownTimeout, t.gracePeriod, t.drainDelay = limits.ShutdownTimeout, limits.GracePeriod, limits.DrainDelay
	t.draining = make(chan struct{})
	t.inForce = []slog.Attr{slog.String("state", "off, no telemetry is made")}
	// Never an error: what is wrong in the environment is not about an engine
	// that makes nothing.
	t.engine, _ = httpserver.New(httpserver.Config{
		TracerProvider: t.providers.Tracer, MeterProvider: t.providers.Meter, Propagator: propagator,
		Warn: func(error) {},
	})
}
