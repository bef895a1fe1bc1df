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
)

// Describe returns a line for each subject. Credentials are in none: of headers
// only the names are there, of an endpoint neither user nor query.
func (s *Settings) Describe(engine slog.Value) []slog.Attr {
	lines := []slog.Attr{slog.String("service", s.service())}
	if s.File.Name != "" {
		lines = append(lines, slog.String("configuration", s.File.Name))
	}
	return append(lines,
		slog.String("traces", s.tracesLine()),
		slog.String("metrics", s.metricsLine()),
		slog.String("logs", s.logsLine()),
		slog.String("propagators", s.PropagatorName),
		slog.Attr{Key: "http", Value: engine},
		slog.String("shutdown", fmt.Sprintf("flush %v, stop %v, drain %v", s.ShutdownTimeout, s.GracePeriod, s.DrainDelay)),
	)
}

// Summary is the essence of describe, for one line of a log.
func (s *Settings) Summary(engine slog.Value) []slog.Attr {
	lines := []slog.Attr{slog.String("service", s.service())}
	if s.File.Name != "" {
		lines = append(lines, slog.String("configuration", s.File.Name))
	}
	lines = append(lines, slog.String("traces", s.export(s.TracesExporter, s.Traces.place)))
	if s.TracesExporter != ExporterNone && !s.Disabled {
		lines = append(lines, slog.String("sampler", s.samplerName))
	}
	lines = append(lines,
		slog.String("metrics", s.export(s.MetricsExporter, s.Metrics.place)),
		slog.String("logs", s.export(s.LogsExporter, s.Logs.place)),
		slog.String("propagators", s.PropagatorName))
	for _, part := range engine.Group() {
		if strings.HasPrefix(part.Key, "excluded") {
			lines = append(lines, part)
		}
	}
	return lines
}

func (s *Settings) service() string {
	said := make(map[attribute.Key]string)
	for _, kv := range s.Attributes {
		said[kv.Key] = kv.Value.String()
	}
	line := said[semconv.ServiceNameKey]
	if version := said[semconv.ServiceVersionKey]; version != "" {
		line += " " + version
	}
	return line + ", instance " + said[semconv.ServiceInstanceIDKey]
}

func (s *Settings) tracesLine() string {
	line := s.export(s.TracesExporter, s.Traces.String)
	switch s.TracesExporter {
	case ExporterOTLP:
		line += ", " + s.SpanBatch.String()
	case ExporterConsole:
		line += ", as trees"
	default:
		return line
	}
	return line + ", sampler " + s.samplerName
}

func (s *Settings) metricsLine() string {
	line := s.export(s.MetricsExporter, s.Metrics.String)
	if s.MetricsExporter != ExporterOTLP && s.MetricsExporter != ExporterConsole {
		return line
	}
	return line + fmt.Sprintf(", every %v, collect and export %s, %s, %s, exemplars %s, SDK metrics %s, runtime metrics %s",
		s.MetricInterval, limited(s.MetricTimeout), s.temporality, s.histograms, s.exemplars, onOff(s.SDKMetrics), onOff(s.RuntimeMetrics))
}

func (s *Settings) logsLine() string {
	line := s.export(s.LogsExporter, s.Logs.String)
	switch s.LogsExporter {
	case ExporterOTLP:
		line += ", " + s.LogBatch.String()
	case ExporterConsole:
	default:
		return line
	}
	return line + ", slog from " + strings.ToLower(s.LogLevel.Level().String())
}

// export tells how a signal is exported, and where to if that is by OTLP.
func (s *Settings) export(exporter string, where func() string) string {
	switch {
	case s.Disabled:
		return "off, the SDK is disabled"
	case exporter == ExporterOTLP:
		return "otlp, " + where()
	case exporter == ExporterConsole:
		return "console"
	}
	return "off"
}

func (o OTLP) place() string { return o.Protocol + " to " + o.Address() }

// String tells where to and how, without a secret.
func (o OTLP) String() string {
	text := o.place()
	if o.TLS != nil {
		text += o.TLS.String()
	}
	var headers []string
	if len(o.Headers) > 0 {
		headers = append(headers, strings.Join(slices.Sorted(maps.Keys(o.Headers)), ",")+" (values not shown)")
	}
	if o.HeadersFunc != nil {
		headers = append(headers, "those of a function")
	}
	if len(headers) == 0 {
		headers = append(headers, "none")
	}
	compression := "none"
	if o.Gzip {
		compression = "gzip"
	}
	return fmt.Sprintf("%s, headers %s, compression %s, attempt %s", text, strings.Join(headers, " and "), compression, limited(o.Timeout))
}

// String names the limits of a batch processor.
func (b BatchConfig) String() string {
	return fmt.Sprintf("queue %d, batch %d, delay %v, export %s", b.QueueSize, b.BatchSize, b.Delay, limited(b.ExportTimeout))
}

func limited(timeout time.Duration) string {
	if timeout == 0 || timeout == Forever {
		return "unlimited"
	}
	return timeout.String()
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
