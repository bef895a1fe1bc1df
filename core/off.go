package core

import (
	"log/slog"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/providers"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/core/internal/settings"
)

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
