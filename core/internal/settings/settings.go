package settings

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/declared"
	"github.com/samespan/samespan/core/internal/registry"
	"github.com/samespan/samespan/internal/env"
)

// Settings is the result of resolving the environment, the options and a configuration
// file.
type Settings struct {
	// Attributes are the configured resource attributes, as opposed to detected
	// attributes.
	Attributes []attribute.KeyValue
	Sampler    sdktrace.Sampler
	Propagator propagation.TextMapPropagator
	// effectiveSamplerName and PropagatorName are the names of the sampler and the
	// propagator in effect, for descriptions.
	effectiveSamplerName, PropagatorName string
	// WithoutPropagator is set if there is a configuration file, and neither the file nor
	// an option sets a propagator.
	WithoutPropagator bool

	Disabled bool

	// These are the exporters that the variables name. addedNames has the exporters that
	// options add.
	TracesExporters  Exporters
	MetricsExporters Exporters
	LogsExporters    Exporters
	// addedNames are the names of the components that options add.
	addedNames Added
	// ownProviderNames are the names of the providers that the service has built itself, or
	// nil.
	ownProviderNames *Own
	Traces           OTLP
	Metrics          OTLP
	Logs             OTLP

	// SamplerName is the name of a registered sampler. If it is empty, Sampler is used.
	SamplerName, SamplerArgument string
	// IDGeneratorName is the name of a generator: RandomIDs or a registered name. If it
	// is empty, the generator of the options is used.
	IDGeneratorName string

	SpanBatch      BatchConfig
	LogBatch       BatchConfig
	MetricInterval time.Duration
	MetricTimeout  time.Duration
	SpanLimits     sdktrace.SpanLimits
	LogLimits      AttributeLimits
	// temporality, histograms and exemplars are only for descriptions. The exporter and
	// the SDK read them from the environment themselves.
	temporality string
	histograms  string
	exemplars   string

	// LogLevel is the minimum level that LogHandler exports.
	LogLevel slog.Leveler
	// SDKMetrics enables the otel.sdk.* metrics.
	SDKMetrics bool
	// RuntimeMetrics enables the metrics of the Go runtime.
	RuntimeMetrics bool

	// File is the configuration file. It is the zero value if there is none.
	File declared.File
	// Variables are the variables of the process, or the values of the file that replace them.
	Variables env.Variables

	// Warnings are errors of variables that are invalid and therefore ignored. Advice are
	// warnings about valid values that may not be intended.
	Warnings, Advice []error

	Times
}

// Off reports whether no signal is recorded.
func (s *Settings) Off() bool {
	if s.ownProviderNames != nil {
		return s.Disabled
	}
	return s.Disabled || len(s.tracesParts(false))+len(s.metricsParts(false))+len(s.logsParts(false)) == 0
}

// Times are the time limits of a shutdown.
type Times struct{ ShutdownTimeout, GracePeriod, DrainDelay time.Duration }

// DefaultTimes are the default time limits of a shutdown.
var DefaultTimes = Times{ShutdownTimeout: 5 * time.Second, GracePeriod: 25 * time.Second}

// Sending returns the length of the last part of the grace period, which is reserved for
// the export.
func Sending(shutdownTimeout, gracePeriod time.Duration) time.Duration {
	return min(shutdownTimeout, gracePeriod/2)
}

// Resolve reads the environment and the options. It returns every error, not
// only the first.
func Resolve(o Options) (*Settings, []error) {
	e := &environment{lenient: o.Lenient}
	if o.Own != nil {
		return resolveWithOwnProviders(e, &o)
	}
	file := e.readFile(o.Source)
	if file.Sampler != nil {
		o.Sampler = file.Sampler
	}
	s := resolveExport(e, &o)
	s.File, s.Variables = file, e.vars
	if file.SpanLimits != nil {
		file.SpanLimits(&s.SpanLimits)
	}
	s.resolveSampler(e, o.Sampler)
	s.IDGeneratorName = e.readRegisteredName(variableIDGenerator, "", registry.IDGenerators.Names())
	if s.WithoutPropagator = file.Name != "" && o.Propagator == nil && !e.isSet(variablePropagators); s.WithoutPropagator {
		o.Propagator = propagation.NewCompositeTextMapPropagator() // OpenTelemetry's configuration schema defines this default
	}
	s.Propagator, s.PropagatorName = resolvePropagator(e, o.Propagator)
	s.Attributes = resourceAttributes(e, &o, file.Attributes)
	s.Warnings, s.Advice = e.warnings, e.advice
	return &s, e.errs
}

// resolveExport resolves the exporters, their destinations, and the time limits.
func resolveExport(e *environment, c *Options) Settings {
	s := Settings{Disabled: e.readBoolean("OTEL_SDK_DISABLED", c.Disabled)}
	s.resolveTimesAndLogLevel(e, c)
	if s.Disabled {
		return s
	}

	traces, otherExporters := Exporters{ExporterOTLP}, Exporters{ExporterOTLP}
	if c.Development != nil {
		traces = Exporters{ExporterConsole}
	}
	s.TracesExporters = e.readExporters("OTEL_TRACES_EXPORTER", traces, registry.SpanExporters.Names())
	if s.TracesExporters.String() == ExporterConsole && !hasOTLPVariables() {
		otherExporters = nil
	}
	s.MetricsExporters = e.readExporters("OTEL_METRICS_EXPORTER", otherExporters, metricExporterNames())
	s.LogsExporters = e.readExporters("OTEL_LOGS_EXPORTER", otherExporters, registry.LogExporters.Names())
	s.addedNames = c.Added

	s.resolveLimits(e, c.SpanLimits)
	s.readSDKVariables(e)
	if s.TracesExporters.Has(ExporterOTLP) {
		s.Traces = resolveOTLP(e, c, "traces")
	}
	if s.MetricsExporters.Has(ExporterOTLP) {
		s.Metrics = resolveOTLP(e, c, "metrics")
	}
	if s.LogsExporters.Has(ExporterOTLP) {
		s.Logs = resolveOTLP(e, c, "logs")
	}
	s.checkTLSConfigUsed(e, c)
	if s.TracesExporters.usesBatchSettings() || len(c.Added.SpanExporters) > 0 {
		s.SpanBatch = resolveBatch(e, "OTEL_BSP", &c.Batch, c.Batch.effectiveSpanQueueSize, 5*time.Second)
	}
	if s.LogsExporters.usesBatchSettings() || len(c.Added.LogExporters) > 0 {
		s.LogBatch = resolveBatch(e, "OTEL_BLRP", &c.Batch, c.Batch.effectiveLogQueueSize, time.Second)
	}
	s.SDKMetrics = e.readBoolean("OTEL_GO_SDK_METRICS", c.SDKMetrics)
	s.RuntimeMetrics = e.readRuntimeMetricsEnabled(c.RuntimeMetrics)
	s.MetricInterval = e.readMilliseconds("OTEL_METRIC_EXPORT_INTERVAL", 1, time.Minute)
	s.MetricTimeout = timeoutOrForever(e.readMilliseconds("OTEL_METRIC_EXPORT_TIMEOUT", 0, 30*time.Second))
	s.Traces.ExportTimeout, s.Metrics.ExportTimeout, s.Logs.ExportTimeout = s.SpanBatch.ExportTimeout, s.MetricTimeout, s.LogBatch.ExportTimeout
	s.Traces.HeadersFunc, s.Metrics.HeadersFunc, s.Logs.HeadersFunc = c.Headers, c.Headers, c.Headers
	return s
}

// resolveTimesAndLogLevel reads the time limits of a shutdown and the minimum level of log
// records.
func (s *Settings) resolveTimesAndLogLevel(e *environment, c *Options) {
	s.Times = Times{
		ShutdownTimeout: e.readMilliseconds("OTEL_GO_SHUTDOWN_TIMEOUT", 1, valueOrDefault(c.ShutdownTimeout, DefaultTimes.ShutdownTimeout)),
		GracePeriod:     e.readMilliseconds("OTEL_GO_GRACE_PERIOD", 1, valueOrDefault(c.GracePeriod, DefaultTimes.GracePeriod)),
		DrainDelay:      e.readMilliseconds("OTEL_GO_DRAIN_DELAY", 0, c.DrainDelay),
	}
	s.checkDrainDelay(e, c)
	s.LogLevel = e.readLevel("OTEL_GO_LOG_LEVEL", c.LogLevel)
}

// checkDrainDelay reports an error if the drain delay leaves no time for requests in
// progress.
func (s *Settings) checkDrainDelay(e *environment, c *Options) {
	maxDelay := s.GracePeriod - Sending(s.ShutdownTimeout, s.GracePeriod)
	if s.DrainDelay < maxDelay || s.DrainDelay == 0 {
		return
	}
	value, fromVariable := e.vars.Lookup("OTEL_GO_DRAIN_DELAY")
	if !fromVariable {
		value = s.DrainDelay.String()
	}
	problem := &env.Invalid{
		Name: e.settingName("OTEL_GO_DRAIN_DELAY", "WithDrainDelay", c.DrainDelay != 0), Value: value,
		Problem: fmt.Sprintf("%v leaves no time for requests in progress", s.DrainDelay),
		Want: fmt.Sprintf("less than %v: %s of %v minus the time for the last export", maxDelay,
			e.settingName("OTEL_GO_GRACE_PERIOD", "WithGracePeriod", c.GracePeriod != 0), s.GracePeriod),
	}
	if e.isSet("OTEL_GO_DRAIN_DELAY") || e.isSet("OTEL_GO_GRACE_PERIOD") || e.isSet("OTEL_GO_SHUTDOWN_TIMEOUT") {
		e.addVariableError(problem)
	} else {
		e.addError(problem)
	}
	s.DrainDelay = 0
}

// readSDKVariables reads variables that the SDK and its exporters read themselves too. An
// invalid value is an error here, which the SDK would ignore.
func (s *Settings) readSDKVariables(e *environment) {
	s.temporality = e.readChoice("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative", "cumulative", "delta", "lowmemory")
	s.histograms = e.readChoice("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
		"explicit_bucket_histogram", "explicit_bucket_histogram", "base2_exponential_bucket_histogram")
	s.exemplars = e.readChoice("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based", "trace_based", "always_on", "always_off")
}

// Default sizes of batch processors.
const (
	defaultQueueSize = 2048
	DefaultBatchSize = 512
)

// BatchConfig is the configuration of a batch processor.
type BatchConfig struct {
	QueueSize int
	BatchSize int
	// Delay is how long an incomplete batch waits; 0 means that it does not wait.
	Delay         time.Duration
	ExportTimeout time.Duration
}

// effectiveSpanQueueSize returns the size of the span queue that an option sets, or 0, and
// the name of the option.
func (b *BatchOptions) effectiveSpanQueueSize() (size int, option string) {
	if b.SpanQueueSize != 0 {
		return b.SpanQueueSize, "WithMaxSpanQueueSize"
	}
	return b.QueueSize, "WithMaxQueueSize"
}

// effectiveLogQueueSize returns the size of the log record queue that an option sets, or 0,
// and the name of the option.
func (b *BatchOptions) effectiveLogQueueSize() (size int, option string) {
	if b.LogQueueSize != 0 {
		return b.LogQueueSize, "WithMaxLogQueueSize"
	}
	return b.QueueSize, "WithMaxQueueSize"
}

// resolveBatch reads the settings of one batch processor. prefix is OTEL_BSP or
// OTEL_BLRP. queue returns the size of the queue that an option sets, or 0, and the name
// of the option. delay is the default delay.
func resolveBatch(e *environment, prefix string, option *BatchOptions, queue func() (int, string), delay time.Duration) BatchConfig {
	queueName, sizeName := prefix+"_MAX_QUEUE_SIZE", prefix+"_MAX_EXPORT_BATCH_SIZE"
	queueSize, queueOption := queue()
	if option.Delay != nil {
		delay = *option.Delay
	}
	b := BatchConfig{
		QueueSize:     e.readInteger(queueName, 1, valueOrDefault(queueSize, defaultQueueSize)),
		BatchSize:     e.readInteger(sizeName, 1, option.BatchSize),
		Delay:         e.readMilliseconds(prefix+"_SCHEDULE_DELAY", 0, delay),
		ExportTimeout: timeoutOrForever(e.readMilliseconds(prefix+"_EXPORT_TIMEOUT", 0, valueOrDefault(option.ExportTimeout, 30*time.Second))),
	}
	switch {
	case b.BatchSize == 0:
		b.BatchSize = min(DefaultBatchSize, b.QueueSize)
	case b.BatchSize <= b.QueueSize:
	default:
		problem := &env.Invalid{
			Name: e.settingName(sizeName, "WithMaxExportBatchSize", option.BatchSize != 0), Value: strconv.Itoa(b.BatchSize),
			Problem: fmt.Sprintf("more than %s of %d", e.settingName(queueName, queueOption, queueSize != 0), b.QueueSize),
			Want:    "a batch size of at most the queue size",
		}
		if e.isSet(sizeName) || e.isSet(queueName) {
			e.addVariableError(problem)
		} else {
			e.addError(problem)
		}
		b.BatchSize = b.QueueSize
	}
	return b
}

// settingName returns the name of the variable or option that sets a value. If neither
// sets it, settingName returns "the default" and the name of the variable.
func (e *environment) settingName(variable, option string, optionGiven bool) string {
	switch {
	case e.isSet(variable):
		return e.vars.Label(variable)
	case optionGiven:
		return option
	}
	return "the default " + e.vars.Label(variable)
}

func (e *environment) isSet(variable string) bool {
	_, ok := e.vars.Lookup(variable)
	return ok
}

// valueOrDefault returns value, or fallback if value is zero.
func valueOrDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Forever stands for no limit. In OpenTelemetry's variables, 0 means no limit, but the
// SDK would use its default for 0.
const Forever = 100 * 365 * 24 * time.Hour

// timeoutOrForever returns timeout, or Forever if timeout is 0.
func timeoutOrForever(timeout time.Duration) time.Duration { return valueOrDefault(timeout, Forever) }
