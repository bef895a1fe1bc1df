package settings

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/internal/registry"
)

// Describe returns the settings, one attribute for each subject, such as "traces" or
// "shutdown". It omits credentials: headers are listed by name, and endpoints without
// user information and query.
func (s *Settings) Describe(engine slog.Value) []slog.Attr {
	lastLines := []slog.Attr{
		slog.String("propagators", s.PropagatorName),
		{Key: "http", Value: engine},
		slog.String("shutdown", fmt.Sprintf("timeout %v, grace period %v, drain delay %v", s.ShutdownTimeout, s.GracePeriod, s.DrainDelay)),
	}
	if s.ownProviderNames != nil {
		return append(s.describeOwnSignals(), lastLines...)
	}
	lines := []slog.Attr{slog.String("service", s.describeService())}
	if s.File.Name != "" {
		lines = append(lines, slog.String("configuration", s.File.Name))
	}
	return append(append(lines,
		slog.String("traces", s.tracesLine()),
		slog.String("metrics", s.metricsLine()),
		slog.String("logs", s.logsLine()),
	), lastLines...)
}

// Summary returns the settings in a shorter form than Describe, for a single log record.
func (s *Settings) Summary(engine slog.Value) []slog.Attr {
	if s.ownProviderNames != nil {
		return s.appendExclusions(append(s.describeOwnSignals(), slog.String("propagators", s.PropagatorName)), engine)
	}
	lines := []slog.Attr{slog.String("service", s.describeService())}
	if s.File.Name != "" {
		lines = append(lines, slog.String("configuration", s.File.Name))
	}
	traces, metrics, logs := s.tracesParts(false), s.metricsParts(false), s.logsParts(false)
	lines = append(lines, slog.String("traces", s.joinParts(traces)))
	if len(traces) > 0 && !s.Disabled {
		lines = append(lines, slog.String("sampler", s.effectiveSamplerName))
	}
	lines = append(lines,
		slog.String("metrics", s.joinParts(metrics)), slog.String("logs", s.joinParts(logs)),
		slog.String("propagators", s.PropagatorName))
	return s.appendExclusions(lines, engine)
}

// appendExclusions appends to lines the attributes of engine that are about excluded
// requests. engine describes the configuration of the middleware.
func (*Settings) appendExclusions(lines []slog.Attr, engine slog.Value) []slog.Attr {
	for _, line := range engine.Group() {
		if strings.HasPrefix(line.Key, "excluded") {
			lines = append(lines, line)
		}
	}
	return lines
}

// describeService returns the name, the version and the instance of the service.
func (s *Settings) describeService() string {
	values := make(map[attribute.Key]string)
	for _, kv := range s.Attributes {
		values[kv.Key] = kv.Value.String()
	}
	line := values[semconv.ServiceNameKey]
	if version := values[semconv.ServiceVersionKey]; version != "" {
		line += " " + version
	}
	return line + ", instance " + values[semconv.ServiceInstanceIDKey]
}

// tracesLine returns the line about traces in the description.
func (s *Settings) tracesLine() string {
	parts := s.tracesParts(true)
	line := s.joinParts(parts)
	if s.Disabled || len(parts) == 0 {
		return line
	}
	line += ", sampler " + s.effectiveSamplerName
	switch {
	case s.IDGeneratorName != "":
		line += ", id generator " + s.IDGeneratorName
	case s.addedNames.IDGenerator != "":
		line += ", id generator " + s.addedNames.IDGenerator
	}
	return line
}

// metricsLine returns the line about metrics in the description.
func (s *Settings) metricsLine() string {
	parts := s.metricsParts(true)
	line := s.joinParts(parts)
	if s.Disabled || len(parts) == 0 {
		return line
	}
	if s.addedNames.Views > 0 {
		line += fmt.Sprintf(", views %d", s.addedNames.Views)
	}
	return line + fmt.Sprintf(", exemplars %s, SDK metrics %s, runtime metrics %s", s.exemplars, formatSwitch(s.SDKMetrics), formatSwitch(s.RuntimeMetrics))
}

// logsLine returns the line about logs in the description.
func (s *Settings) logsLine() string {
	parts := s.logsParts(true)
	line := s.joinParts(parts)
	if s.Disabled || len(parts) == 0 {
		return line
	}
	return line + ", slog level " + levelName(s.LogLevel)
}

// levelName returns the name of a log level in lower case.
func levelName(level slog.Leveler) string { return strings.ToLower(level.Level().String()) }

// tracesParts returns a description of each exporter and processor of spans. If full is
// set, the descriptions include the limits.
func (s *Settings) tracesParts(full bool) []string {
	return s.describeParts(full, s.TracesExporters, s.Traces, func(exporter string) string {
		if exporter == ExporterConsole {
			return "as trees"
		}
		return s.SpanBatch.String()
	}, s.addedNames.SpanExporters, s.addedNames.SpanProcessors)
}

// logsParts returns a description of each exporter and processor of log records. If full
// is set, the descriptions include the limits.
func (s *Settings) logsParts(full bool) []string {
	return s.describeParts(full, s.LogsExporters, s.Logs, func(exporter string) string {
		if exporter == ExporterConsole {
			return ""
		}
		return s.LogBatch.String()
	}, s.addedNames.LogExporters, s.addedNames.LogProcessors)
}

// metricsParts returns a description of each exporter and reader of metrics. If full is
// set, the descriptions include the limits.
func (s *Settings) metricsParts(full bool) []string {
	parts := s.describeParts(full, s.MetricsExporters, s.Metrics, func(exporter string) string {
		if registry.MetricReaders.Has(exporter) {
			return ""
		}
		return fmt.Sprintf("every %v, export timeout %s, %s, %s", s.MetricInterval, formatTimeout(s.MetricTimeout), s.temporality, s.histograms)
	}, s.addedNames.MetricExporters, nil)
	for _, reader := range s.addedNames.MetricReaders {
		parts = append(parts, "reader "+reader)
	}
	return parts
}

// describeParts returns a description of each exporter and processor of a signal.
// exporters are the exporters that the variable names. added and processors are the
// exporters and processors that options add. limits returns the description of an
// exporter's limits.
func (s *Settings) describeParts(full bool, exporters Exporters, otlp OTLP, limits func(exporter string) string, added, processors []string) (parts []string) {
	add := func(part, limits string) {
		if full && limits != "" {
			part += ", " + limits
		}
		parts = append(parts, part)
	}
	for _, exporter := range exporters {
		part := exporter
		if exporter == ExporterOTLP && full {
			part += ", " + otlp.String()
		} else if exporter == ExporterOTLP {
			part += ", " + otlp.destination()
		}
		add(part, limits(exporter))
	}
	for _, exporter := range added {
		add("exporter "+exporter, limits(exporter))
	}
	for _, processor := range processors {
		add("processor "+processor, "")
	}
	return parts
}

// joinParts joins the descriptions of a signal's exporters and processors. Without any,
// or if the SDK is disabled, it returns that the signal is off.
func (s *Settings) joinParts(parts []string) string {
	switch {
	case s.Disabled:
		return "off, the SDK is disabled"
	case len(parts) == 0:
		return "off"
	}
	return strings.Join(parts, "; ")
}

// destination returns the protocol and the address.
func (o OTLP) destination() string { return o.Protocol + " to " + o.Address() }

// String describes the endpoint and the transport, without secrets.
func (o OTLP) String() string {
	text := o.destination()
	if o.TLS != nil {
		text += o.TLS.String()
	}
	var headers []string
	if len(o.Headers) > 0 {
		headers = append(headers, strings.Join(slices.Sorted(maps.Keys(o.Headers)), ",")+" (values not shown)")
	}
	switch {
	case o.HeadersFunc != nil && len(headers) > 0:
		headers = append(headers, "and from the function of WithHeaders, which take precedence")
	case o.HeadersFunc != nil:
		headers = append(headers, "from the function of WithHeaders")
	case len(headers) == 0:
		headers = append(headers, "none")
	}
	compression := "none"
	if o.Gzip {
		compression = "gzip"
	}
	return fmt.Sprintf("%s, headers %s, compression %s, attempt timeout %s", text, strings.Join(headers, ", "), compression, formatTimeout(o.Timeout))
}

// String describes the limits of a batch processor.
func (b BatchConfig) String() string {
	return fmt.Sprintf("queue %d, batch %d, delay %v, export timeout %s", b.QueueSize, b.BatchSize, b.Delay, formatTimeout(b.ExportTimeout))
}

// formatTimeout returns a timeout as text, or "unlimited".
func formatTimeout(timeout time.Duration) string {
	if timeout == 0 || timeout == Forever {
		return "unlimited"
	}
	return timeout.String()
}

// formatSwitch returns "on" or "off".
func formatSwitch(enabled bool) string {
	if enabled {
		return "on"
	}
	return "off"
}
