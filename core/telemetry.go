package core

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/providers"
	"github.com/samespan/samespan/core/internal/selflog"
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

	tasks tasks

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

	servers        servers
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

// shutdownTimeOver is the cause of a context that ended before operation did.
func shutdownTimeOver(operation string, timeout time.Duration) error {
	return &errTimeOver{text: fmt.Sprintf("the %s %v %v", operation, exporterror.ErrShutdownTime, timeout.Round(time.Millisecond))}
}

// bound returns a context for an operation that goes on although ctx has ended,
// but not longer than timeout nor than a deadline of ctx that is still to come.
func bound(ctx context.Context, timeout time.Duration, operation string) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil {
		timeout = min(timeout, time.Until(deadline))
	}
	return context.WithTimeoutCause(context.WithoutCancel(ctx), timeout, shutdownTimeOver(operation, timeout))
}
