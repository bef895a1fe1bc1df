// Package declared holds the content of a declarative configuration file,
// between package configfile, which reads files, and package core, which builds
// providers. With it core can be built without the dependencies of configfile,
// and the two modules can have different versions: declarations may be added
// here, but not removed or changed. Services do not use it directly.
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

// Source reads a configuration file. It returns nil if there is no file, or a
// list of all its errors: a *core.SettingError for a bad key or value.
type Source func() (*File, []error)

// Setting is a value from a file that replaces a variable.
type Setting struct {
	// Value is in the format of the variable; empty if the file does not set
	// it.
	Value string
	// Path is the key in the file that sets it, or could.
	Path string
}

// File is a configuration file. Settings has everything that variables can set
// too, so that the same code checks it and builds from it; the other fields are
// options of the SDK. The SDK must not set what a file omits, since it would
// read it from the environment.
type File struct {
	// Name is the name of the file in messages.
	Name string
	// Settings are the file's values by the names of the variables that they
	// replace.
	Settings map[string]Setting

	// LogLevel is the minimum level of log records about the telemetry; nil
	// means the logger's own.
	LogLevel slog.Leveler

	// Attributes are resource attributes, which take precedence over those of
	// the variables.
	Attributes []attribute.KeyValue
	// SchemaURL is that of the resource; empty means the detectors'.
	SchemaURL string
	// Detectors detect more attributes. Keep reports which of them to use; nil
	// means all.
	Detectors []resource.Option
	Keep      attribute.Filter

	// Sampler is nil if the file has none.
	Sampler sdktrace.Sampler

	TracerOptions []sdktrace.TracerProviderOption
	LoggerOptions []sdklog.LoggerProviderOption
	MeterOptions  []sdkmetric.Option
	ReaderOptions []sdkmetric.PeriodicReaderOption
	// Temporality and Aggregation configure the metric exporter.
	Temporality sdkmetric.TemporalitySelector
	Aggregation sdkmetric.AggregationSelector

	HTTP HTTP
}

// HTTP has the settings for HTTP servers. A list is nil if the file does not
// have it.
type HTTP struct {
	CapturedRequestHeaders  []string
	CapturedResponseHeaders []string
	KnownMethods            []string
	SensitiveQueryKeys      []string
	// Experimental enables the telemetry that the conventions call Opt-In.
	Experimental bool
}
