package settings

import (
	"context"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/samespan/samespan/core/declared"
)

// Options are the settings that the service gives in code. Zero is "not given".
type Options struct {
	ServiceName    string
	ServiceVersion string
	Attributes     []attribute.KeyValue

	Sampler sdktrace.Sampler
	// SpanLimits is nil where none are given.
	SpanLimits *sdktrace.SpanLimits
	Propagator propagation.TextMapPropagator

	Batch           BatchOptions
	Headers         func(context.Context) (map[string]string, error)
	ShutdownTimeout time.Duration
	GracePeriod     time.Duration
	DrainDelay      time.Duration

	// Disabled makes no telemetry.
	Disabled       bool
	LogLevel       slog.Leveler
	SDKMetrics     bool
	RuntimeMetrics bool
	// Development is where traces are printed to in place of an export.
	Development io.Writer
	// Lenient makes the problems of variables warnings.
	Lenient bool

	// Added are what the service adds in code.
	Added Added

	// Source reads a configuration file.
	Source declared.Source
}

// BatchOptions are those of the batch processors.
type BatchOptions struct {
	QueueSize     int
	SpanQueueSize int
	LogQueueSize  int
	BatchSize     int
	Delay         *time.Duration
	ExportTimeout time.Duration
}

// Added names what the service adds to the exporters of the variables.
type Added struct {
	SpanProcessors, LogProcessors                []string
	SpanExporters, LogExporters, MetricExporters []string
	MetricReaders                                []string
	Views                                        int
	IDGenerator                                  string
}
