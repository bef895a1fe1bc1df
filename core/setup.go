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

// Setup configures a service's telemetry from the environment and from options, and
// registers it as OpenTelemetry's globals. Call it once, at the start of main. It may be
// called again after [Telemetry.Shutdown]. Then create all tracers and meters again,
// since the existing ones still belong to the telemetry of the earlier Setup. While the
// telemetry of one Setup is running, another call returns [ErrRunning], unless
// [WithoutGlobals] is given.
//
// The error names every invalid variable and option, and says what would be right. If
// there is an error, nothing is running or registered. Only OpenTelemetry's own logger and its
// default error handler may stay replaced: they cannot be restored. An unreachable
// collector is not an error, since the collector may start later.
//
// The Telemetry is never nil. If there is an error, the Telemetry records nothing, like
// that of [Disabled], but keeps the time limits and signal handling of the options. So a
// service that prefers to run without telemetry can log the error and continue.
//
// Setup logs once, at level Info to the logger of [WithLogger], where telemetry is sent;
// [Telemetry.String] returns the whole effective configuration.
//
// After Setup, OpenTelemetry's global logger and error handler write to the logger of
// [WithLogger]. An error handler that was set before Setup is no longer called. An error
// handler that is set after Setup, by [otel.SetErrorHandler], remains in place and
// receives the export errors of all three signals, which are still counted and logged.
//
// Setup does not retain ctx.
func Setup(ctx context.Context, options ...Option) (*Telemetry, error) {
	var c config
	for i, option := range options {
		if option == nil {
			c.reject("Setup", ": option %d is nil, want an option of package core, such as WithEndpoint", i+1)
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
	applyHTTPSettings(&c.http, s.File.HTTP)

	// Check the engine's settings, with no-op providers, before building anything. Discard
	// the warnings of this check, since the engine that is built later logs them.
	http := c.http
	http.TracerProvider, http.MeterProvider, http.Propagator = tracenoop.NewTracerProvider(), metricnoop.NewMeterProvider(), s.Propagator
	http.ErrorHandler = engineErrors{variables: s.Variables}
	if c.Lenient {
		http.Warn = func(error) {}
	}
	_, err := httpserver.New(http)
	disabled := new(Telemetry)
	disabled.init(s.Times, logger, s.Propagator)
	disabled.withoutSignals = c.withoutSignals
	if err := errors.Join(asSettingErrors(errors.Join(slices.Concat(c.problems, problems, []error{err})...))...); err != nil {
		return disabled, err
	}

	t := new(Telemetry)
	t.init(s.Times, logger, s.Propagator)
	t.logLevel, t.withoutSignals = s.LogLevel, c.withoutSignals
	if !c.withoutGlobals && !globals.claim(t) {
		return disabled, fmt.Errorf("core: %w", ErrRunning)
	}

	// Register the logger and the error handler only now, when all settings are valid: a
	// failed Setup cannot restore the previous logger, nor OpenTelemetry's default error
	// handler, which forwards all errors to the first handler that is registered. But register
	// them before build, which mutes both. Otherwise the exporters, which also read the
	// environment, would log warnings about values that Setup has already checked.
	restoreErrorHandler := func() {}
	if !c.withoutGlobals {
		previous := otel.GetErrorHandler()
		restoreErrorHandler = func() { otel.SetErrorHandler(previous) }
		otel.SetLogger(selflog.NewLogger(logger))
		otel.SetErrorHandler(selflog.ErrorHandler(t.reporter))
	}
	c.addedParts.Report = selflog.Telling(t.reporter, !c.withoutGlobals)
	if c.ownProviders != nil {
		t.providers.Adopt(*c.ownProviders, s.Disabled)
	} else if err := t.build(ctx, s, c.addedParts, console.NewWriter(cmp.Or[io.Writer](c.Development, os.Stdout))); err != nil {
		globals.release(t)
		restoreErrorHandler()
		return disabled, err
	}

	if err := t.registerMetrics(s); err != nil {
		defer restoreErrorHandler()
		return disabled, errors.Join(err, t.Shutdown(ctx))
	}

	http.TracerProvider, http.MeterProvider = t.providers.Tracer, t.providers.Meter
	if c.ownProviders == nil {
		http.TracerProvider = contextvalue.SampledByCore(t.providers.Tracer)
	}
	http.ErrorHandler = engineErrors{otel.ErrorHandlerFunc(c.addedParts.Report), s.Variables}
	if c.Lenient {
		http.Warn = warn
	}
	engine, err := httpserver.New(http)
	if err != nil {
		defer restoreErrorHandler()
		return disabled, errors.Join(fmt.Errorf("core: %w", err), t.Shutdown(ctx))
	}
	t.engine = engine
	t.taskTracer = t.providers.Tracer.Tracer(scopeName, trace.WithInstrumentationVersion(Version))

	if !c.withoutGlobals {
		otel.SetTracerProvider(t.providers.Tracer)
		otel.SetMeterProvider(t.providers.Meter)
		otel.SetTextMapPropagator(t.propagator)
		//nolint:staticcheck // deprecated for a function that OpenTelemetry v1.46, which is required, does not have
		global.SetLoggerProvider(t.providers.Logger)
	}

	t.effectiveConfig = s.Describe(engine.LogValue())
	t.logSelf(slog.LevelInfo, "core: telemetry is set up", s.Summary(engine.LogValue())...)
	for _, advice := range s.Advice {
		t.logSelf(slog.LevelWarn, "core: a setting may not have the intended effect", slog.Any("error", advice))
	}
	if s.WithoutPropagator {
		t.warnOfMissingPropagator(s)
	}
	return t, nil
}

// build creates the exporters and the providers. If one of them cannot be created, build
// shuts down the others. out prints what the exporter "console" exports.
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
	return errors.Join(append(asSettingErrors(err), t.Shutdown(ctx))...)
}

// registerMetrics registers the metrics of the telemetry itself and of the Go runtime.
func (t *Telemetry) registerMetrics(s *settings.Settings) error {
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

// registration holds the Telemetry that is registered, if any.
type registration struct{ owner atomic.Pointer[Telemetry] }

// claim registers t, and reports false if another Telemetry is registered.
func (r *registration) claim(t *Telemetry) bool { return r.owner.CompareAndSwap(nil, t) }

// release ends the registration of t. It has no effect if t is not registered.
func (r *registration) release(t *Telemetry) { r.owner.CompareAndSwap(t, nil) }
