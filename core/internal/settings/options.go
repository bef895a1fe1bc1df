package settings

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/declared"
)

// Options are the settings that the service gives in code. A zero value means that the
// option is not set.
type Options struct {
	ServiceName    string
	ServiceVersion string
	Attributes     []attribute.KeyValue

	Sampler sdktrace.Sampler
	// SpanLimits is nil if not set.
	SpanLimits *sdktrace.SpanLimits
	Propagator propagation.TextMapPropagator

	Batch   BatchOptions
	Headers func(context.Context) (map[string]string, error)
	// Endpoint is the OTLP endpoint if no variable sets one. TLS is the TLS configuration
	// for it.
	Endpoint        string
	TLS             *tls.Config
	ShutdownTimeout time.Duration
	GracePeriod     time.Duration
	DrainDelay      time.Duration

	// Disabled turns telemetry off.
	Disabled       bool
	LogLevel       slog.Leveler
	SDKMetrics     bool
	RuntimeMetrics bool
	// Development is the writer that traces are printed to instead of being
	// exported.
	Development io.Writer
	// Lenient turns errors of variables into warnings.
	Lenient bool

	// Added holds the names of the components that the service adds in code.
	Added Added

	// Own are the providers that the service has built, or nil if Setup builds the
	// providers.
	Own *Own

	// Source reads a configuration file.
	Source declared.Source
}

// BatchOptions are the options of the batch processors.
type BatchOptions struct {
	QueueSize     int
	SpanQueueSize int
	LogQueueSize  int
	BatchSize     int
	Delay         *time.Duration
	ExportTimeout time.Duration
}

// Added holds the names of the components that the service adds in code. They are used in
// addition to the components that variables select.
type Added struct {
	SpanProcessors, LogProcessors                []string
	SpanExporters, LogExporters, MetricExporters []string
	MetricReaders                                []string
	Views                                        int
	IDGenerator                                  string
}

// Own holds the names of the providers that the service has built. A name is empty if
// there is no such provider.
type Own struct {
	Traces, Metrics, Logs string
	Shared                bool
}
