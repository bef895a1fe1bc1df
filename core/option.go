package core

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/providers"
	"github.com/samespan/samespan/core/internal/registry"
	"github.com/samespan/samespan/core/internal/settings"
)

// Option is an option of [Setup]. If a setting has an environment variable too,
// the variable takes precedence. Only this project can implement options; the
// interface may get more methods.
//
// If an option is given several times, the last one applies, except for lists and components:
//
//   - Lists, such as those of [WithExclude], [WithKnownMethods] and [WithResourceAttributes],
//     are concatenated.
//   - All components that options add are used: processors, exporters, readers and views. They
//     are used in addition to those that variables select, even with OTEL_TRACES_EXPORTER=none,
//     but not if telemetry is disabled. They are flushed and shut down with the Telemetry. If
//     Setup returns an error, or telemetry is disabled, they may not be shut down.
type Option interface{ apply(*config) }

// optionFunc implements Option by a function.
type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config holds the values that options set. Environment variables are applied later.
type config struct {
	settings.Options

	// addedParts are the components that options add. The field Added of settings.Options
	// holds the names of their types.
	addedParts providers.Added
	// ownProviders are the providers that the service has built, or nil if Setup builds
	// the providers. The field Own of settings.Options holds the names of their types.
	ownProviders   *providers.Own
	withoutSignals bool // WithoutSignals is given
	withoutGlobals bool // WithoutGlobals is given
	logger         *slog.Logger
	http           httpserver.Config // options for server spans
	problems       []error           // errors about options
}

// reject records an error about an option. The message is the name of the option, followed
// by format with the value, such as "(0): want 1 or more". If the option has no value that can be
// shown, format has no verb and value is omitted.
func (c *config) reject(option, format string, value ...any) {
	c.problems = append(c.problems, &optionError{option: option, value: fmt.Sprint(value...), message: option + fmt.Sprintf(format, value...)})
}

// rejectNil records an error if value, an argument of the option, is nil or a nil pointer
// or function. It reports whether value is nil. want says what would be right.
func (c *config) rejectNil(option string, value any, want string) bool {
	printedValue := "nil"
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Invalid:
	case reflect.Pointer, reflect.Func: // a nil value of these types fails when it is used
		if !v.IsNil() {
			return false
		}
		printedValue = fmt.Sprintf("nil %T", value)
	default:
		return false
	}
	c.problems = append(c.problems, &optionError{option: option, value: printedValue, message: fmt.Sprintf("%s(%s): want %s", option, printedValue, want)})
	return true
}

// WithServiceName sets service.name of the resource. Default: the last element
// of the main module's path. OTEL_SERVICE_NAME and service.name in
// OTEL_RESOURCE_ATTRIBUTES replace it.
func WithServiceName(name string) Option {
	return optionFunc(func(c *config) {
		if strings.TrimSpace(name) == "" {
			c.reject("WithServiceName", "(%q): empty, want the service's name", name)
			return
		}
		c.ServiceName = name
	})
}

// WithServiceVersion sets service.version of the resource. Default: the main
// module's version, if the build has recorded it in the binary. service.version
// in OTEL_RESOURCE_ATTRIBUTES replaces it.
func WithServiceVersion(version string) Option {
	return optionFunc(func(c *config) {
		if strings.TrimSpace(version) == "" {
			c.reject("WithServiceVersion", "(%q): empty, want the service's version", version)
			return
		}
		c.ServiceVersion = version
	})
}

// WithResourceAttributes adds attributes to the resource. They replace detected
// attributes with the same key. Attributes in OTEL_RESOURCE_ATTRIBUTES take precedence.
func WithResourceAttributes(attributes ...attribute.KeyValue) Option {
	return optionFunc(func(c *config) {
		for _, kv := range attributes {
			if !kv.Valid() {
				c.reject("WithResourceAttributes", ": the attribute %q is not valid, want a non-empty key and a value", kv.Key)
				continue
			}
			if kv.Key == semconv.ServiceNameKey && kv.Value.Type() == attribute.STRING && strings.TrimSpace(kv.Value.AsString()) == "" {
				c.reject("WithResourceAttributes", ": %s is empty, want the service's name, or no such attribute", kv.Key)
				continue
			}
			c.Attributes = append(c.Attributes, kv)
		}
	})
}

// WithSampler sets the sampler. Default: parentbased_always_on, which records all traces
// that start in this service, and of other traces those that the caller records. If a
// sampler is not parent-based, it breaks traces in two: wrap it in
// [sdktrace.ParentBased]. OTEL_TRACES_SAMPLER replaces this option.
func WithSampler(sampler sdktrace.Sampler) Option {
	return optionFunc(func(c *config) {
		if c.rejectNil("WithSampler", sampler, "a sampler") {
			return
		}
		c.Sampler = sampler
	})
}

// WithPropagator sets the propagator. Default: W3C trace context and baggage.
// OTEL_PROPAGATORS replaces it.
func WithPropagator(propagator propagation.TextMapPropagator) Option {
	return optionFunc(func(c *config) {
		if c.rejectNil("WithPropagator", propagator, "a propagator") {
			return
		}
		c.Propagator = propagator
	})
}

// WithMaxQueueSize limits how many ended spans, and how many log records, wait for their
// export. Further items are dropped and counted. A queue uses memory only for the items
// in it. Default: 2048. [WithMaxSpanQueueSize] and [WithMaxLogQueueSize] replace this
// option for one of the queues. OTEL_BSP_MAX_QUEUE_SIZE and OTEL_BLRP_MAX_QUEUE_SIZE
// replace all three options.
func WithMaxQueueSize(size int) Option {
	return queueSizeOption("WithMaxQueueSize", size, func(b *settings.BatchOptions) *int { return &b.QueueSize })
}

// WithMaxSpanQueueSize is [WithMaxQueueSize] for spans only.
// OTEL_BSP_MAX_QUEUE_SIZE replaces it.
func WithMaxSpanQueueSize(size int) Option {
	return queueSizeOption("WithMaxSpanQueueSize", size, func(b *settings.BatchOptions) *int { return &b.SpanQueueSize })
}

// WithMaxLogQueueSize is [WithMaxQueueSize] for log records only.
// OTEL_BLRP_MAX_QUEUE_SIZE replaces it.
func WithMaxLogQueueSize(size int) Option {
	return queueSizeOption("WithMaxLogQueueSize", size, func(b *settings.BatchOptions) *int { return &b.LogQueueSize })
}

// queueSizeOption returns the option with the given name, which sets a queue size. field
// returns the field to set.
func queueSizeOption(name string, size int, field func(*settings.BatchOptions) *int) Option {
	return optionFunc(func(c *config) {
		if size < 1 {
			c.reject(name, "(%d): want 1 or more", size)
			return
		}
		*field(&c.Batch) = size
	})
}

// WithMaxExportBatchSize limits how many spans, or log records, one export
// sends. It must not exceed the size of the queue. Default: 512, or the size of
// the queue if that is less. OTEL_BSP_MAX_EXPORT_BATCH_SIZE and
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

// WithScheduleDelay sets how long an incomplete batch of spans, or of log records, waits
// for further items. 0 means that it does not wait. Default: 5 s for spans, 1 s for log
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

// WithExportTimeout limits how long the export of one batch may take, including
// retries. Default: 30 s. OTEL_BSP_EXPORT_TIMEOUT and OTEL_BLRP_EXPORT_TIMEOUT
// replace it.
func WithExportTimeout(timeout time.Duration) Option {
	return optionFunc(func(c *config) {
		if timeout <= 0 {
			c.reject("WithExportTimeout", "(%v): want more than 0", timeout)
			return
		}
		c.Batch.ExportTimeout = timeout
	})
}

// WithHeaders sets a function that returns headers for requests to an OTLP collector,
// such as a token that expires. The function is called for each attempt of an export, by
// several goroutines at the same time. The headers that it returns replace those of
// OTEL_EXPORTER_OTLP_HEADERS with the same name. If it returns an error or an invalid
// header, the attempt fails and is retried, and the log says why. The function should
// cache a token while the token is valid, and return when its context is done. With this
// context, no spans are recorded and [Telemetry.LogHandler] exports no records, since they
// would cause further exports. Default: none.
func WithHeaders(headers func(context.Context) (map[string]string, error)) Option {
	return optionFunc(func(c *config) {
		if headers == nil {
			c.reject("WithHeaders", "(nil): want a function that returns headers")
			return
		}
		c.Headers = headers
	})
}

// WithShutdownTimeout limits how long [Telemetry.Shutdown] and [Telemetry.ForceFlush]
// take, even if their context allows more. Default: 5 s. OTEL_GO_SHUTDOWN_TIMEOUT, in
// milliseconds, replaces it.
func WithShutdownTimeout(timeout time.Duration) Option {
	return optionFunc(func(c *config) {
		if timeout <= 0 {
			c.reject("WithShutdownTimeout", "(%v): want more than 0", timeout)
			return
		}
		c.ShutdownTimeout = timeout
	})
}

// WithGracePeriod limits the time from the signal to the return of [Telemetry.Serve].
// Default: 25 s, since orchestrators commonly kill a process 30 s after the signal.
// OTEL_GO_GRACE_PERIOD, in milliseconds, replaces it.
func WithGracePeriod(period time.Duration) Option {
	return optionFunc(func(c *config) {
		if period <= 0 {
			c.reject("WithGracePeriod", "(%v): want more than 0", period)
			return
		}
		c.GracePeriod = period
	})
}

// WithoutSignals leaves SIGINT and SIGTERM to the application:
// [Telemetry.Serve] then runs until its context or its server ends. Default:
// Serve handles both signals.
func WithoutSignals() Option {
	return optionFunc(func(c *config) { c.withoutSignals = true })
}

// WithoutGlobals leaves OpenTelemetry's globals unchanged. Libraries that use the globals
// then do not use this telemetry, and OpenTelemetry's internal messages do not go to the
// logger of [WithLogger]. Pass [Telemetry.TracerProvider] and the other providers to such
// libraries explicitly. Several Telemetry values with this option may run at the same
// time. Default: [Setup] registers its providers, its propagator, a logger and an error
// handler.
func WithoutGlobals() Option {
	return optionFunc(func(c *config) { c.withoutGlobals = true })
}

// WithDisabled records no telemetry. The trace context of requests is still
// propagated, and [Telemetry.Serve] and [Telemetry.Go] work as usual. Default:
// telemetry is recorded. OTEL_SDK_DISABLED, true or false, replaces it. See
// [Disabled] for a Telemetry that needs no Setup.
func WithDisabled() Option {
	return optionFunc(func(c *config) { c.Disabled = true })
}

// WithDrainDelay sets the delay between SIGTERM and closing the listener, during which
// [Telemetry.Serve] continues to serve. It is needed because load balancers and service
// meshes learn of the stop later than the process. The delay is part of the grace period
// (see [WithGracePeriod]); a second signal ends it. It must be less than the grace period
// minus the time that [Telemetry.Serve] reserves for the last export. Default: 0, the
// listener is closed at once. OTEL_GO_DRAIN_DELAY, in milliseconds, replaces it.
//
// [Telemetry.Draining] tells a readiness check that the delay has begun.
func WithDrainDelay(delay time.Duration) Option {
	return optionFunc(func(c *config) {
		if delay < 0 {
			c.reject("WithDrainDelay", "(%v): want 0 or more", delay)
			return
		}
		c.DrainDelay = delay
	})
}

// WithLogLevel sets the minimum level of the records that the handler of
// [Telemetry.LogHandler] exports; a [slog.LevelVar] changes it while the
// service runs. It does not affect what the handler prints. Default:
// [slog.LevelInfo]. OTEL_GO_LOG_LEVEL (debug, info, warn, error) replaces it.
func WithLogLevel(level slog.Leveler) Option {
	return optionFunc(func(c *config) {
		if c.rejectNil("WithLogLevel", level, "a level, such as slog.LevelWarn") {
			return
		}
		c.LogLevel = level
	})
}

// WithSDKMetrics reports the counts of [Telemetry.Stats] as metrics, with the names of
// OpenTelemetry's semantic conventions for SDKs:
//
//   - otel.sdk.processor.span.processed, …queue.size and …queue.capacity, and the same
//     metrics of log records
//   - otel.sdk.exporter.span.exported and …inflight, and the same metrics of log records
//     and metric data points
//   - otel.sdk.exporter.operation.duration
//
// Lost items have the attribute error.type. These metrics are about 15 time series for
// each process, or more if several kinds of errors occur. They add no work to requests.
//
// Default: off, since the names of those conventions may still change, and losses are
// logged anyway. OTEL_GO_SDK_METRICS, true or false, replaces it. If the SDK's own
// experimental metrics are enabled (OTEL_GO_X_OBSERVABILITY=true), this option adds only
// the counts that the SDK's metrics lack: dropped spans and log records.
func WithSDKMetrics() Option {
	return optionFunc(func(c *config) { c.SDKMetrics = true })
}

// WithRuntimeMetrics adds metrics of the Go runtime: memory, garbage collection and
// goroutines. They are in package runtimemetrics, which is a separate module. If the
// service does not import that package, Setup returns an error that names it:
//
//	import _ "github.com/samespan/samespan/core/runtimemetrics"
//
// Default: off, since these metrics add to the cost of a backend.
// OTEL_GO_RUNTIME_METRICS, true or false, replaces it.
func WithRuntimeMetrics() Option {
	return optionFunc(func(c *config) {
		if !registry.RuntimeMetrics.Registered() {
			c.reject("WithRuntimeMetrics", ": "+settings.NoRuntimeMetrics+", want "+settings.ImportRuntimeMetrics)
			return
		}
		c.RuntimeMetrics = true
	})
}

// WithLogger sets the logger for messages about the telemetry: lost telemetry,
// OpenTelemetry's internal messages and, at level Info, the effective configuration.
// These messages are never exported, even if the logger's handler is that of
// [Telemetry.LogHandler], except that of a panic in a task of [Telemetry.Go]. Default:
// [slog.Default] at the time of logging.
func WithLogger(logger *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if logger == nil {
			c.reject("WithLogger", "(nil): want a *slog.Logger")
			return
		}
		c.logger = logger
	})
}

// WithDevelopment prints every finished trace to w as a tree instead of exporting it, in
// color if w is a terminal. Metrics and logs are not exported unless a variable selects
// an exporter for them. The option is meant for development: one goroutine prints all
// traces. Requests do not wait for the writer. Traces that could not be printed are
// counted as lost. OTEL_TRACES_EXPORTER replaces the option; OTEL_TRACES_EXPORTER=console
// does the same on the standard output.
func WithDevelopment(w io.Writer) Option {
	return optionFunc(func(c *config) {
		if c.rejectNil("WithDevelopment", w, "a writer, such as os.Stdout") {
			return
		}
		c.Development = w
	})
}

// WithLenientEnvironment ignores variables with invalid values, and logs a warning, as
// OpenTelemetry's specification recommends. Default: an invalid value makes Setup return
// an error.
func WithLenientEnvironment() Option {
	return optionFunc(func(c *config) { c.Lenient = true })
}
