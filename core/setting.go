package core

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/samespan/samespan/core/internal/declared"
)

const (
	exporterOTLP    = "otlp"
	exporterConsole = "console"
	exporterNone    = "none"
)

// settings is what the environment and the options come to.
type settings struct {
	disabled bool

	tracesExporter  string
	metricsExporter string
	logsExporter    string
	traces          otlp
	metrics         otlp
	logs            otlp

	spanBatch      batchConfig
	logBatch       batchConfig
	metricInterval time.Duration
	metricTimeout  time.Duration
	// temporality, histograms and exemplars are for the exporter and the SDK,
	// which read them themselves.
	temporality string
	histograms  string
	exemplars   string

	// logLevel is the least level of what LogHandler exports.
	logLevel slog.Leveler
	// sdkMetrics says that the telemetry reports of itself.
	sdkMetrics bool
	// runtimeMetrics says that the Go runtime is reported.
	runtimeMetrics bool

	// file is the configuration file; zero if there is none.
	file declared.File

	// console is where exporters of that name print to.
	console *sharedWriter

	shutdownTimeout time.Duration
	gracePeriod     time.Duration
	drainDelay      time.Duration
}

// sending is the end of the grace period that is kept for sending what was
// recorded.
func sending(shutdownTimeout, gracePeriod time.Duration) time.Duration {
	return min(shutdownTimeout, gracePeriod/2)
}

// resolve reads the environment over the options.
func resolve(e *environment, c *config) settings {
	s := settings{
		file:            c.file,
		disabled:        e.boolean("OTEL_SDK_DISABLED", c.disabled),
		shutdownTimeout: e.milliseconds("OTEL_GO_SHUTDOWN_TIMEOUT", 1, orDefault(c.shutdownTimeout, defaultTimes.shutdown)),
		gracePeriod:     e.milliseconds("OTEL_GO_GRACE_PERIOD", 1, orDefault(c.gracePeriod, defaultTimes.grace)),
		drainDelay:      e.milliseconds("OTEL_GO_DRAIN_DELAY", 0, c.drainDelay),
	}
	s.checkDrainDelay(e, c)
	s.logLevel = e.level("OTEL_GO_LOG_LEVEL", c.logLevel)
	if s.disabled {
		return s
	}

	exporters := []string{exporterOTLP, exporterConsole, exporterNone}
	traces, others := exporterOTLP, exporterOTLP
	output := newSharedWriter(os.Stdout)
	s.console = output
	if c.development != nil {
		traces, output.w = exporterConsole, c.development
	}
	s.tracesExporter = e.choice("OTEL_TRACES_EXPORTER", traces, exporters...)
	if s.tracesExporter == exporterConsole && !hasOTLPVariables() {
		others = exporterNone
	}
	s.metricsExporter = e.choice("OTEL_METRICS_EXPORTER", others, exporters...)
	s.logsExporter = e.choice("OTEL_LOGS_EXPORTER", others, exporters...)

	s.checkSDKVariables(e)
	if s.tracesExporter == exporterOTLP {
		s.traces = resolveOTLP(e, "traces")
	}
	if s.metricsExporter == exporterOTLP {
		s.metrics = resolveOTLP(e, "metrics")
	}
	if s.logsExporter == exporterOTLP {
		s.logs = resolveOTLP(e, "logs")
	}
	if s.tracesExporter == exporterOTLP {
		s.spanBatch = resolveBatch(e, "OTEL_BSP", &c.batch, c.batch.spans, 5*time.Second)
	}
	if s.logsExporter == exporterOTLP {
		s.logBatch = resolveBatch(e, "OTEL_BLRP", &c.batch, c.batch.logs, time.Second)
	}
	s.sdkMetrics = e.boolean("OTEL_GO_SDK_METRICS", c.sdkMetrics)
	s.runtimeMetrics = e.boolean("OTEL_GO_RUNTIME_METRICS", c.runtimeMetrics)
	s.metricInterval = e.milliseconds("OTEL_METRIC_EXPORT_INTERVAL", 1, time.Minute)
	s.metricTimeout = unlimited(e.milliseconds("OTEL_METRIC_EXPORT_TIMEOUT", 0, 30*time.Second))
	s.traces.exportTimeout, s.metrics.exportTimeout, s.logs.exportTimeout = s.spanBatch.exportTimeout, s.metricTimeout, s.logBatch.exportTimeout
	s.traces.headersFunc, s.metrics.headersFunc, s.logs.headersFunc = c.headers, c.headers, c.headers
	return s
}

// checkDrainDelay refuses a delay that leaves no time for requests in progress.
func (s *settings) checkDrainDelay(e *environment, c *config) {
	most := s.gracePeriod - sending(s.shutdownTimeout, s.gracePeriod)
	if s.drainDelay < most || s.drainDelay == 0 {
		return
	}
	problem := fmt.Errorf("%s of %v leaves no time for requests in progress, want less than %v: %s of %v without what is kept for sending",
		e.origin("OTEL_GO_DRAIN_DELAY", "WithDrainDelay", c.drainDelay != 0), s.drainDelay, most,
		e.origin("OTEL_GO_GRACE_PERIOD", "WithGracePeriod", c.gracePeriod != 0), s.gracePeriod)
	if e.isSet("OTEL_GO_DRAIN_DELAY") || e.isSet("OTEL_GO_GRACE_PERIOD") || e.isSet("OTEL_GO_SHUTDOWN_TIMEOUT") {
		e.report(problem)
	} else {
		e.reject(problem)
	}
	s.drainDelay = 0
}

// checkSDKVariables refuses what the SDK and its exporters read themselves, and
// would ignore.
func (s *settings) checkSDKVariables(e *environment) {
	for _, name := range []string{
		"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT",
		"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
		"OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
		"OTEL_SPAN_LINK_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
		"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
	} {
		e.integer(name, -1, 0) // -1 is no limit
	}
	s.temporality = e.choice("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative", "cumulative", "delta", "lowmemory")
	s.histograms = e.choice("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
		"explicit_bucket_histogram", "explicit_bucket_histogram", "base2_exponential_bucket_histogram")
	s.exemplars = e.choice("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based", "trace_based", "always_on", "always_off")
}

const (
	defaultQueueSize = 2048
	defaultBatchSize = 512
)

// batchConfig is how a batch processor works.
type batchConfig struct {
	queueSize int
	batchSize int
	// delay is how long an incomplete batch waits; with 0 it does not.
	delay         time.Duration
	exportTimeout time.Duration
}

// spans returns the size of the queue of spans, 0 for none given, and the
// option that gives it.
func (b *batchOptions) spans() (size int, option string) {
	if b.spanQueueSize != 0 {
		return b.spanQueueSize, "WithMaxSpanQueueSize"
	}
	return b.queueSize, "WithMaxQueueSize"
}

// logs is spans for log records.
func (b *batchOptions) logs() (size int, option string) {
	if b.logQueueSize != 0 {
		return b.logQueueSize, "WithMaxLogQueueSize"
	}
	return b.queueSize, "WithMaxQueueSize"
}

// resolveBatch reads the settings of one batch processor; prefix is OTEL_BSP
// or OTEL_BLRP.
func resolveBatch(e *environment, prefix string, option *batchOptions, queue func() (int, string), delay time.Duration) batchConfig {
	queueName, sizeName := prefix+"_MAX_QUEUE_SIZE", prefix+"_MAX_EXPORT_BATCH_SIZE"
	queueSize, queueOption := queue()
	if option.delay != nil {
		delay = *option.delay
	}
	b := batchConfig{
		queueSize:     e.integer(queueName, 1, orDefault(queueSize, defaultQueueSize)),
		batchSize:     e.integer(sizeName, 1, option.batchSize),
		delay:         e.milliseconds(prefix+"_SCHEDULE_DELAY", 0, delay),
		exportTimeout: unlimited(e.milliseconds(prefix+"_EXPORT_TIMEOUT", 0, orDefault(option.exportTimeout, 30*time.Second))),
	}
	switch {
	case b.batchSize == 0:
		b.batchSize = min(defaultBatchSize, b.queueSize)
	case b.batchSize <= b.queueSize:
	default:
		problem := fmt.Errorf("%s of %d is more than %s of %d, want a batch that the queue can hold",
			e.origin(sizeName, "WithMaxExportBatchSize", option.batchSize != 0), b.batchSize,
			e.origin(queueName, queueOption, queueSize != 0), b.queueSize)
		if e.isSet(sizeName) || e.isSet(queueName) {
			e.report(problem)
		} else {
			e.reject(problem)
		}
		b.batchSize = b.queueSize
	}
	return b
}

// origin names what a setting comes from, or how to set one that is neither in
// the environment nor an option.
func (e *environment) origin(variable, option string, given bool) string {
	switch {
	case e.isSet(variable):
		return e.vars.Label(variable)
	case given:
		return option
	}
	return "the default " + e.vars.Label(variable)
}

func (e *environment) isSet(variable string) bool {
	_, ok := e.vars.Lookup(variable)
	return ok
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// forever stands for no limit: OpenTelemetry's variables say so with 0, which
// the SDK takes for its default.
const forever = 100 * 365 * 24 * time.Hour

func unlimited(timeout time.Duration) time.Duration { return orDefault(timeout, forever) }
