// Package declared is what a declarative configuration file says, between
// package configfile, which reads files, and package core, which builds
// providers. It lets core be built without what the files need, and the modules of
// both have versions of their own: what is here may get more, and loses nothing.
// Services have no use for it.
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

// Source reads a configuration file. It returns nil if there is none to read,
// or everything that is wrong with it, each as an error of its own: a
// *core.SettingError where a key or a value is.
type Source func() (*File, []error)

// Setting is what a file says in place of a variable.
type Setting struct {
	// Value is as the variable would have it; empty if the file says nothing.
	Value string
	// Path is where in the file it stands, or would stand.
	Path string
}

// File is a configuration file. What variables can say is in Settings, so that
// the same code checks it and builds from it; the rest is made of the SDK's own
// options. Nothing that a file leaves out is filled in by the SDK, which would
// look into the environment for it.
type File struct {
	// Name is what messages call the file.
	Name string
	// Settings are what the variables would have to say.
	Settings map[string]Setting

	// LogLevel is the least level of what is logged about the telemetry; nil
	// is the logger's own.
	LogLevel slog.Leveler

	// Attributes are those of the resource, over those of the variables.
	Attributes []attribute.KeyValue
	// SchemaURL is the resource's; empty is the detectors'.
	SchemaURL string
	// Detectors find more attributes, of which Keep keeps some; nil is all.
	Detectors []resource.Option
	Keep      attribute.Filter

	// Sampler is nil where the file has none.
	Sampler sdktrace.Sampler

	TracerOptions []sdktrace.TracerProviderOption
	LoggerOptions []sdklog.LoggerProviderOption
	MeterOptions  []sdkmetric.Option
	ReaderOptions []sdkmetric.PeriodicReaderOption
	// Temporality and Aggregation are those of the exporter of metrics.
	Temporality sdkmetric.TemporalitySelector
	Aggregation sdkmetric.AggregationSelector

	HTTP HTTP
}

// HTTP is what a file says of servers of HTTP. A nil list is one that the file
// does not have.
type HTTP struct {
	CapturedRequestHeaders  []string
	CapturedResponseHeaders []string
	KnownMethods            []string
	SensitiveQueryKeys      []string
	// Experimental asks for the telemetry that the conventions call Opt-In.
	Experimental bool
}
