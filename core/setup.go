package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log/global" //nolint:staticcheck // deprecated for functions that OpenTelemetry v1.46, which is required, does not have
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/console"
	"github.com/samespan/samespan/core/internal/providers"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/contextvalue"
)

// Setup builds a service's telemetry from the environment and, where that says
// nothing, from options, and registers it as OpenTelemetry's globals. Call it
// once, first thing in main; again only after a [Telemetry.Shutdown], and then
// take tracers and meters anew: OpenTelemetry ties those that were taken from
// the globals before the first Setup to that one. While the telemetry of one
// Setup is running, another one returns [ErrRunning], except [WithoutGlobals].
//
// Its error names every variable and option that cannot work, together with
// what would be right; nothing is running or registered then. That a
// collector cannot be reached is no error: it may come up later.
//
// The Telemetry is never nil. With an error it makes nothing, as that of
// [Disabled], but has the times and signals of the options: a service that would
// rather run without telemetry than not at all logs the error and goes on.
//
// Where the telemetry goes is logged, once, at level Info to the logger of
// [WithLogger]; [Telemetry.String] has everything that is in force.
//
// OpenTelemetry's logger and error handler are the globals that Setup replaces
// first: they write to the logger of [WithLogger]. An error handler that was set
// before is not called any more. One that is set after Setup, by
// [otel.SetErrorHandler], stays, and is given the errors of the exports of all
// three signals, which are counted and logged nonetheless.
//
// Setup does not keep ctx.
func Setup(ctx context.Context, options ...Option) (*Telemetry, error) {
	var c config
	for i, option := range options {
		if option == nil {
			c.reject("Setup", ": option %d is nil, want one of this package", i+1)
			continue
		}
		option.apply(&c)
	}
	logger := slog.Default
	if c.logger != nil {
		logger = func() *slog.Logger { return c.logger }
	}
	warn := func(err error) { logger().Warn("core: a variable is ignored", "error", err) }
	s, problems := settings.Resolve(c.Options)
	if s.File.LogLevel != nil {
		logger = selflog.AtLeast(logger, s.File.LogLevel)
	}
	for _, warning := range s.Warnings {
		warn(warning)
	}
	takeHTTP(&c.http, s.File.HTTP)

	// The engine's settings are checked before anything is built, with
	// providers that do nothing. What is only a warning is for the engine
	// that is kept.
	http := c.http
	http.TracerProvider, http.MeterProvider, http.Propagator = tracenoop.NewTracerProvider(), metricnoop.NewMeterProvider(), s.Propagator
	if c.Lenient {
		http.Warn = func(error) {}
	}
	_, err := httpserver.New(http)
	off := new(Telemetry)
	off.init(s.Times, logger, s.Propagator)
	off.withoutSignals = c.withoutSignals
	if err := errors.Join(settingErrors(errors.Join(slices.Concat(c.problems, problems, []error{err})...))...); err != nil {
		return off, err
	}

	t := new(Telemetry)
	t.init(s.Times, logger, s.Propagator)
	t.logLevel, t.withoutSignals = s.LogLevel, c.withoutSignals
	if !c.withoutGlobals && !globals.claim(t) {
		return off, fmt.Errorf("core: %w", ErrRunning)
	}

	// From here on nothing fails in practice; the bridges are registered
	// first, muted, so that the exporters' own reading of the environment is
	// not heard.
	if !c.withoutGlobals {
		otel.SetLogger(selflog.NewLogger(logger))
		otel.SetErrorHandler(selflog.ErrorHandler(t.reporter))
	}
	if err := t.build(ctx, s, c.added, console.NewWriter(cmp.Or[io.Writer](c.Development, os.Stdout))); err != nil {
		globals.release(t)
		return off, err
	}

	if err := t.observe(s); err != nil {
		return off, errors.Join(err, t.Shutdown(ctx))
	}

	http.TracerProvider, http.MeterProvider = contextvalue.SampledByCore(t.providers.Tracer), t.providers.Meter
	if c.withoutGlobals {
		http.ErrorHandler = selflog.ErrorHandler(t.reporter)
	}
	if c.Lenient {
		http.Warn = warn
	}
	engine, err := httpserver.New(http)
	if err != nil {
		return off, errors.Join(fmt.Errorf("core: %w", err), t.Shutdown(ctx))
	}
	t.engine = engine
	t.tracer = t.providers.Tracer.Tracer(scopeName, trace.WithInstrumentationVersion(Version))

	if !c.withoutGlobals {
		otel.SetTracerProvider(t.providers.Tracer)
		otel.SetMeterProvider(t.providers.Meter)
		otel.SetTextMapPropagator(t.propagator)
		//nolint:staticcheck // deprecated for a function that OpenTelemetry v1.46, which is required, does not have
		global.SetLoggerProvider(t.providers.Logger)
	}

	t.inForce = s.Describe(engine.LogValue())
	t.say(slog.LevelInfo, "core: telemetry is set up", s.Summary(engine.LogValue())...)
	for _, advice := range s.Advice {
		t.say(slog.LevelWarn, "core: a variable may not be what was meant", slog.Any("error", advice))
	}
	if s.WithoutPropagator {
		t.warnOfBrokenTraces(s)
	}
	return t, nil
}

// build makes the exporters and the providers. When one fails, all are shut down.
func (t *Telemetry) build(ctx context.Context, s *settings.Settings, added providers.Added, out *console.Writer) error {
	if s.Off() {
		return nil
	}
	unmute := selflog.Mute()
	defer unmute()
	ctx = context.WithoutCancel(ctx)
	described := s.NewResource(ctx, t.logger())
	err := t.providers.Build(ctx, s, added, out, described)
	if err == nil {
		return nil
	}
	return errors.Join(append(settingErrors(err), t.Shutdown(ctx))...)
}

// observe registers the metrics of the telemetry itself and of the Go runtime.
func (t *Telemetry) observe(s *settings.Settings) error {
	meter := t.providers.Meter.Meter(scopeName, metric.WithInstrumentationVersion(Version), metric.WithSchemaURL(semconv.SchemaURL))
	if err := t.providers.ObserveSDK(meter, s.SDKMetrics); err != nil {
		return fmt.Errorf("core: metrics of the SDK: %w", err)
	}
	if s.RuntimeMetrics {
		if err := t.providers.ObserveRuntime(); err != nil {
			return fmt.Errorf("core: %w", err)
		}
	}
	return nil
}

// globals holds the Telemetry that is registered as OpenTelemetry's globals.
var globals registration

type registration struct{ holder atomic.Pointer[Telemetry] }

// claim reports whether t may register itself, which no other may until release.
func (r *registration) claim(t *Telemetry) bool { return r.holder.CompareAndSwap(nil, t) }

// release lets another one register itself, if t is registered.
func (r *registration) release(t *Telemetry) { r.holder.CompareAndSwap(t, nil) }
