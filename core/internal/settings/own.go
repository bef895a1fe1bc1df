package settings

import (
	"fmt"
	"log/slog"

	"github.com/samespan/samespan/internal/env"
)

// resolveWithOwnProviders resolves the settings that still apply if the service has built the
// providers itself.
func resolveWithOwnProviders(e *environment, o *Options) (*Settings, []error) {
	if o.Source != nil {
		e.addError(o.conflictError("a configuration file"))
	}
	for _, option := range o.conflictingOptions() {
		e.addError(o.conflictError(option))
	}
	s := Settings{ownProviderNames: o.Own, Disabled: e.readBoolean("OTEL_SDK_DISABLED", o.Disabled)}
	s.resolveTimesAndLogLevel(e, o)
	if !s.Disabled {
		s.RuntimeMetrics = e.readRuntimeMetricsEnabled(o.RuntimeMetrics)
	}
	s.Propagator, s.PropagatorName = resolvePropagator(e, o.Propagator)
	s.Warnings, s.Advice = e.warnings, e.advice
	return &s, e.errs
}

// conflictError returns the error for an option that is used together with WithProviders,
// although it configures providers that Setup would build.
func (o *Options) conflictError(option string) error {
	return &env.Invalid{Name: "WithProviders", Value: o.Own.providerNames(), Problem: fmt.Sprintf("not allowed with %s, which is for providers that Setup builds", option), Want: "only one of them"}
}

// conflictingOptions returns the names of the options in use that conflict with
// WithProviders, because they configure the providers built by Setup.
func (o *Options) conflictingOptions() (options []string) {
	for _, option := range []struct {
		name  string
		isSet bool
	}{
		{"WithServiceName", o.ServiceName != ""}, {"WithServiceVersion", o.ServiceVersion != ""}, {"WithResourceAttributes", o.Attributes != nil},
		{"WithSampler", o.Sampler != nil}, {"WithSpanLimits", o.SpanLimits != nil}, {"WithIDGenerator", o.Added.IDGenerator != ""},
		{"an option for batches or queues", o.Batch != BatchOptions{}}, {"WithHeaders", o.Headers != nil}, {optionEndpoint, o.Endpoint != ""}, {optionTLS, o.TLS != nil},
		{"WithDevelopment", o.Development != nil}, {"WithSDKMetrics", o.SDKMetrics},
		{"WithSpanProcessor", o.Added.SpanProcessors != nil}, {"WithLogProcessor", o.Added.LogProcessors != nil},
		{"WithSpanExporter", o.Added.SpanExporters != nil}, {"WithLogExporter", o.Added.LogExporters != nil}, {"WithMetricExporter", o.Added.MetricExporters != nil},
		{"WithMetricReader", o.Added.MetricReaders != nil}, {"WithView", o.Added.Views > 0},
	} {
		if option.isSet {
			options = append(options, option.name)
		}
	}
	return options
}

// providerNames returns the names of the providers, separated by commas.
func (o *Own) providerNames() string {
	names := ""
	for _, name := range []string{o.Traces, o.Metrics, o.Logs} {
		if name != "" && names != "" {
			names += ", "
		}
		names += name
	}
	return names
}

// describeOwnSignals returns an attribute for each of the three signals, which says
// whether the service has built a provider for the signal.
func (s *Settings) describeOwnSignals() (lines []slog.Attr) {
	line := func(signal, provider, suffix string) slog.Attr {
		switch {
		case s.Disabled:
			return slog.String(signal, "off, the SDK is disabled")
		case provider == "":
			return slog.String(signal, "off")
		}
		lifetime := "shut down at the end"
		if s.ownProviderNames.Shared {
			lifetime = "shared, flushed at the end"
		}
		return slog.String(signal, "provider "+provider+" of the service, "+lifetime+suffix)
	}
	return []slog.Attr{
		line("traces", s.ownProviderNames.Traces, ""),
		line("metrics", s.ownProviderNames.Metrics, ", runtime metrics "+formatSwitch(s.RuntimeMetrics)),
		line("logs", s.ownProviderNames.Logs, ", slog level "+levelName(s.LogLevel)),
	}
}
