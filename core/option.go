package core

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/providers"
	"github.com/samespan/samespan/core/internal/settings"
)

// Option is a setting of [Setup]. Where a setting has an environment variable
// too, the variable wins when it is set. Only this project has options: the
// interface may get further methods.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config holds the options as given.
type config struct {
	settings.Options

	// added are named in Options too.
	added          providers.Added
	withoutSignals bool
	withoutGlobals bool
	logger         *slog.Logger
	http           httpserver.Config
	problems       []error
}

// reject keeps what is wrong with an option; format and arguments tell its
// arguments, and what would be right.
func (c *config) reject(option, format string, arguments ...any) {
	c.problems = append(c.problems, &optionError{option: option, value: fmt.Sprint(arguments...), text: option + fmt.Sprintf(format, arguments...)})
}

// WithServiceName names the service: service.name of the resource. Default:
// the last element of the main module's path. OTEL_SERVICE_NAME and
// service.name in OTEL_RESOURCE_ATTRIBUTES replace it.
func WithServiceName(name string) Option {
	return optionFunc(func(c *config) {
		if strings.TrimSpace(name) == "" {
			c.reject("WithServiceName", "(%q): empty, want the service's name", name)
			return
		}
		c.ServiceName = name
	})
}

// WithServiceVersion is service.version of the resource. Default: the main
// module's version, where the binary was built from one. service.version in
// OTEL_RESOURCE_ATTRIBUTES replaces it.
func WithServiceVersion(version string) Option {
	return optionFunc(func(c *config) {
		if strings.TrimSpace(version) == "" {
			c.reject("WithServiceVersion", "(%q): empty, want the service's version", version)
			return
		}
		c.ServiceVersion = version
	})
}

// WithResourceAttributes adds attributes to the resource, over those that were
// detected. OTEL_RESOURCE_ATTRIBUTES wins for the keys that it has.
func WithResourceAttributes(attributes ...attribute.KeyValue) Option {
	return optionFunc(func(c *config) {
		for _, kv := range attributes {
			if !kv.Valid() {
				c.reject("WithResourceAttributes", ": the attribute %q is not valid, want a key and a value", kv.Key)
				continue
			}
			c.Attributes = append(c.Attributes, kv)
		}
	})
}

// WithSampler decides which traces are recorded. Default: all of those that
// start here, and of the others those that the caller records
// (parentbased_always_on). A sampler that is not parent-based breaks traces in
// two: wrap it in [sdktrace.ParentBased]. OTEL_TRACES_SAMPLER replaces it.
func WithSampler(sampler sdktrace.Sampler) Option {
	return optionFunc(func(c *config) {
		if sampler == nil {
			c.reject("WithSampler", "(nil): want a sampler")
			return
		}
		c.Sampler = sampler
	})
}

// WithPropagator reads and writes the trace context of requests. Default: W3C
// trace context and baggage. OTEL_PROPAGATORS replaces it.
func WithPropagator(propagator propagation.TextMapPropagator) Option {
	return optionFunc(func(c *config) {
		if propagator == nil {
			c.reject("WithPropagator", "(nil): want a propagator")
			return
		}
		c.Propagator = propagator
	})
}

// WithMaxQueueSize is how many ended spans, and how many log records, wait
// for their export at most; more are dropped and counted. The queues take the
// memory of what is in them. Default: 2048. [WithMaxSpanQueueSize] and
// [WithMaxLogQueueSize] replace it for one of them, OTEL_BSP_MAX_QUEUE_SIZE and
// OTEL_BLRP_MAX_QUEUE_SIZE all of these.
func WithMaxQueueSize(size int) Option {
	return queueSize("WithMaxQueueSize", size, func(b *settings.BatchOptions) *int { return &b.QueueSize })
}

// WithMaxSpanQueueSize is [WithMaxQueueSize] for spans alone.
// OTEL_BSP_MAX_QUEUE_SIZE replaces it.
func WithMaxSpanQueueSize(size int) Option {
	return queueSize("WithMaxSpanQueueSize", size, func(b *settings.BatchOptions) *int { return &b.SpanQueueSize })
}

// WithMaxLogQueueSize is [WithMaxQueueSize] for log records alone.
// OTEL_BLRP_MAX_QUEUE_SIZE replaces it.
func WithMaxLogQueueSize(size int) Option {
	return queueSize("WithMaxLogQueueSize", size, func(b *settings.BatchOptions) *int { return &b.LogQueueSize })
}

func queueSize(name string, size int, setting func(*settings.BatchOptions) *int) Option {
	return optionFunc(func(c *config) {
		if size < 1 {
			c.reject(name, "(%d): want 1 or more", size)
			return
		}
		*setting(&c.Batch) = size
	})
}

// WithMaxExportBatchSize is how many spans, or log records, one export sends
// at most; not more than the queue holds. Default: 512, or the queue's size
// if that is less. OTEL_BSP_MAX_EXPORT_BATCH_SIZE and
// OTEL_BLRP_MAX_EXPORT_BATCH_SIZE replace it.
func WithMaxExportBatchSize(size int) Option {
	return optionFunc(func(c *config) {
		if size < 1 {
			c.reject("WithMaxExportBatchSize", "(%d): want 1 or more", size)
			return
		}
		c.Batch.BatchSize = size
	})
}

// WithScheduleDelay is how long an incomplete batch of spans, or log records,
// waits for more; with 0 it does not wait. Default: 5 s for spans, 1 s for log
// records. OTEL_BSP_SCHEDULE_DELAY and OTEL_BLRP_SCHEDULE_DELAY replace it.
func WithScheduleDelay(delay time.Duration) Option {
	return optionFunc(func(c *config) {
		if delay < 0 {
			c.reject("WithScheduleDelay", "(%v): want 0 or more", delay)
			return
		}
		c.Batch.Delay = &delay
	})
}

// WithExportTimeout is how long the export of one batch may take, with all its
// attempts. Default: 30 s. OTEL_BSP_EXPORT_TIMEOUT and
// OTEL_BLRP_EXPORT_TIMEOUT replace it.
func WithExportTimeout(timeout time.Duration) Option {
	return optionFunc(func(c *config) {
		if timeout <= 0 {
			c.reject("WithExportTimeout", "(%v): want more than 0", timeout)
			return
		}
		c.Batch.ExportTimeout = timeout
	})
}

// WithHeaders adds headers that change while the service runs, such as a token
// that expires, to what is sent to an OTLP collector. The function is called for
// each attempt of an export, by several goroutines at the same time, and its
// headers replace those of OTEL_EXPORTER_OTLP_HEADERS that have the same name.
// An attempt for which it returns an error, or a header that no request can
// have, fails and is tried again; the log says why. It should keep a token for
// as long as that is valid, and return when its context is done. Default: none.
func WithHeaders(headers func(context.Context) (map[string]string, error)) Option {
	return optionFunc(func(c *config) {
		if headers == nil {
			c.reject("WithHeaders", "(nil): want a function that returns headers")
			return
		}
		c.Headers = headers
	})
}

// WithShutdownTimeout is how long [Telemetry.Shutdown] and
// [Telemetry.ForceFlush] take at most, whatever their context says. Default:
// 5 s. OTEL_GO_SHUTDOWN_TIMEOUT, in milliseconds, replaces it.
func WithShutdownTimeout(timeout time.Duration) Option {
	return optionFunc(func(c *config) {
		if timeout <= 0 {
			c.reject("WithShutdownTimeout", "(%v): want more than 0", timeout)
			return
		}
		c.ShutdownTimeout = timeout
	})
}

// WithGracePeriod is how long [Telemetry.Serve] takes at most from the signal
// to its return. Default: 25 s, since orchestrators commonly kill a process
// 30 s after the signal. OTEL_GO_GRACE_PERIOD, in milliseconds, replaces it.
func WithGracePeriod(period time.Duration) Option {
	return optionFunc(func(c *config) {
		if period <= 0 {
			c.reject("WithGracePeriod", "(%v): want more than 0", period)
			return
		}
		c.GracePeriod = period
	})
}

// WithoutSignals leaves SIGINT and SIGTERM to the application: [Telemetry.Serve]
// then runs until its context ends, or its server does. Default: Serve receives
// both.
func WithoutSignals() Option {
	return optionFunc(func(c *config) { c.withoutSignals = true })
}

// WithoutGlobals leaves OpenTelemetry's globals as they are: libraries that use
// them know nothing of this telemetry, and what OpenTelemetry itself has to say
// is not logged to the logger of [WithLogger]. Several such Telemetry may run at
// the same time. Pass on [Telemetry.TracerProvider] and the others yourself.
// Default: [Setup] registers its providers, its propagator, a logger and an error
// handler.
func WithoutGlobals() Option {
	return optionFunc(func(c *config) { c.withoutGlobals = true })
}

// WithDisabled makes no telemetry. The trace context of requests is still passed
// on, and [Telemetry.Serve] and [Telemetry.Go] work as ever. Default: telemetry
// is made. OTEL_SDK_DISABLED, true or false, replaces it. See [Disabled] for a
// Telemetry that needs no Setup.
func WithDisabled() Option {
	return optionFunc(func(c *config) { c.Disabled = true })
}

// WithDrainDelay is how long [Telemetry.Serve] goes on serving after it was
// told to stop, so that load balancers and service meshes, which learn of it
// later than the process does, send nothing to a closed port. It is part of
// the grace period (see [WithGracePeriod]), and a second signal cuts it short.
// Default: 0, nothing but what is in progress is served. OTEL_GO_DRAIN_DELAY,
// in milliseconds, replaces it.
//
// [Telemetry.Draining] tells a readiness check when it begins.
func WithDrainDelay(delay time.Duration) Option {
	return optionFunc(func(c *config) {
		if delay < 0 {
			c.reject("WithDrainDelay", "(%v): want 0 or more", delay)
			return
		}
		c.DrainDelay = delay
	})
}

// WithLogLevel is the least level of the records that the handler of
// [Telemetry.LogHandler] exports; a [slog.LevelVar] changes it while the
// service runs. It says nothing about what that handler prints. Default:
// [slog.LevelInfo]. OTEL_GO_LOG_LEVEL (debug, info, warn, error) replaces it.
func WithLogLevel(level slog.Leveler) Option {
	return optionFunc(func(c *config) {
		if level == nil {
			c.reject("WithLogLevel", "(nil): want a level, such as slog.LevelWarn")
			return
		}
		c.LogLevel = level
	})
}

// WithSDKMetrics adds metrics of the telemetry itself, under the names of
// OpenTelemetry's conventions for SDKs: what [Telemetry.Stats] counts, as
// otel.sdk.processor.{span,log}.processed with queue.size and queue.capacity,
// otel.sdk.exporter.{span,log,metric_data_point}.exported with inflight, each
// loss with its error.type, and otel.sdk.exporter.operation.duration. They are
// about 15 series a process, more as kinds of errors occur, and cost a request
// nothing.
//
// Default: off, since those conventions are still in development, so that
// names may change, and since losses are logged anyhow. OTEL_GO_SDK_METRICS,
// true or false, replaces it. With the SDK's own experiment of that kind
// (OTEL_GO_X_OBSERVABILITY=true) only what it does not see is added: the spans
// and log records that were dropped.
func WithSDKMetrics() Option {
	return optionFunc(func(c *config) { c.SDKMetrics = true })
}

// WithRuntimeMetrics adds metrics of the Go runtime under the names of
// OpenTelemetry's conventions: go.memory.used, .limit, .allocated, .allocations
// and .gc.goal, go.goroutine.count, go.processor.limit and go.config.gogc.
// They are eight series a process, nine with a memory limit, read at each
// export but not more often than every 15 s, and cost a request nothing.
//
// Default: off, since they are a part of the bill that nobody asked for.
// OTEL_GO_RUNTIME_METRICS, true or false, replaces it.
func WithRuntimeMetrics() Option {
	return optionFunc(func(c *config) { c.RuntimeMetrics = true })
}

// WithLogger is where telemetry that was lost, and what else OpenTelemetry has
// to say, is logged, and at level Info what [Setup] has set up. None of it is
// exported, also where the logger's handler is that of [Telemetry.LogHandler].
// Default: what [slog.Default] is at that time.
func WithLogger(logger *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if logger == nil {
			c.reject("WithLogger", "(nil): want a logger")
			return
		}
		c.logger = logger
	})
}

// WithDevelopment prints every finished trace to w as a tree, in colour on a
// terminal, instead of exporting it; metrics and logs are not exported unless
// a variable asks for it. It is for a developer's machine: a goroutine prints
// one trace after the other. No request waits for a writer that blocks or fails,
// and what was not printed counts as lost. OTEL_TRACES_EXPORTER replaces it; OTEL_TRACES_EXPORTER=console
// does the same on the standard output.
func WithDevelopment(w io.Writer) Option {
	return optionFunc(func(c *config) {
		if w == nil {
			c.reject("WithDevelopment", "(nil): want a writer, such as os.Stdout")
			return
		}
		c.Development = w
	})
}

// WithLenientEnvironment logs a warning for a variable that cannot work and
// ignores it, as OpenTelemetry's specification prefers. Default: such a
// variable is an error of Setup, which shows before the telemetry is missed.
func WithLenientEnvironment() Option {
	return optionFunc(func(c *config) { c.Lenient = true })
}
