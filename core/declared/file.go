// Package declared holds the content of a declarative configuration file. Package
// configfile reads files into this form, and package core builds providers from it. The
// separate package lets core be built without the dependencies of configfile, and lets
// the two modules have different versions: declarations may be added here, but not
// removed or changed. Services do not use this package directly.
package declared

import (
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// VariableFile is the variable that names the configuration file.
const VariableFile = "OTEL_CONFIG_FILE"

// Source reads a configuration file. It returns nil if there is no file. If the file has
// errors, it returns all of them: a *core.SettingError for each invalid key or value.
type Source func() (*File, []error)

// Setting is a value from the configuration file. It replaces an environment variable.
type Setting struct {
	// Value is in the format of the variable. It is empty if the file does not have the
	// value.
	Value string
	// Path is the key of the value in the file, for messages. It is set even if the file
	// does not have the key.
	Path string
}

// File is the content of a configuration file. The field Settings holds the values that
// replace environment variables. Core checks them as it checks the variables. The other
// fields hold values for core and options for the SDK. If the file omits an SDK option,
// package configfile must set the default explicitly, because the SDK would otherwise
// read an environment variable.
type File struct {
	// Name is the name of the file in messages.
	Name string
	// Settings maps the names of variables to the values in the file that replace them.
	Settings map[string]Setting

	// LogLevel is the minimum level of log records about the telemetry. Nil means the
	// level of the logger.
	LogLevel slog.Leveler

	// Attributes are resource attributes. They take precedence over
	// OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME.
	Attributes []attribute.KeyValue
	// SchemaURL is the schema URL of the resource. If it is empty, the schema URL of the
	// detectors is used.
	SchemaURL string
	// Detectors detect additional attributes. Keep reports which of these attributes to
	// use; nil means all.
	Detectors []resource.Option
	Keep      attribute.Filter

	// Sampler is the sampler, or nil if the file has none.
	Sampler sdktrace.Sampler

	// SpanLimits replaces the limits that the file sets, or is nil.
	SpanLimits func(*sdktrace.SpanLimits)

	LoggerOptions []sdklog.LoggerProviderOption
	MeterOptions  []sdkmetric.Option
	ReaderOptions []sdkmetric.PeriodicReaderOption
	// Temporality and Aggregation configure the metric exporter.
	Temporality sdkmetric.TemporalitySelector
	Aggregation sdkmetric.AggregationSelector

	HTTP HTTP
}

// HTTP has the settings for HTTP servers for which there is no variable. A list is nil if the file
// does not have it.
type HTTP struct {
	SensitiveQueryKeys []string
}
