package core

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

// String tells what is in force, after the environment and the options: a line
// for each subject, such as "traces: otlp, grpc to collector:4317 with TLS, …".
// It is for people, and what it says of a subject may change. It never has a
// credential: of the headers that are sent to a collector it has the names, of
// an endpoint neither user nor query. [Setup] logs the essence of it.
//
// The string of a nil Telemetry says that there is none.
func (t *Telemetry) String() string {
	if t == nil {
		return "no telemetry, want what core.Setup returns"
	}
	var out strings.Builder
	write := func(prefix string, line slog.Attr) {
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		fmt.Fprintf(&out, "%s%s: %s", prefix, line.Key, line.Value)
	}
	for _, line := range t.LogValue().Group() {
		if line.Value.Kind() != slog.KindGroup {
			write("", line)
			continue
		}
		for _, part := range line.Value.Group() {
			write(line.Key+".", part)
		}
	}
	return out.String()
}

// LogValue returns the lines of String as a group, for [log/slog].
func (t *Telemetry) LogValue() slog.Value {
	if t == nil {
		return slog.StringValue(t.String())
	}
	lines := t.ready().inForce
	if t.stopping.Load() {
		lines = slices.Insert(slices.Clone(lines), 0, slog.String("state", "shut down, nothing is exported any more"))
	}
	return slog.GroupValue(lines...)
}

// inForce is what the lines are made of, once, by Setup.
type inForce struct {
	settings
	attributes  []attribute.KeyValue
	file        string
	sampler     string
	propagators string
}

// describe returns a line for each subject. Credentials are in none: of headers
// only the names are there, of an endpoint neither user nor query.
func (f *inForce) describe(engine slog.Value) []slog.Attr {
	lines := []slog.Attr{slog.String("service", f.service())}
	if f.file != "" {
		lines = append(lines, slog.String("configuration", f.file))
	}
	return append(lines,
		slog.String("traces", f.tracesLine()),
		slog.String("metrics", f.metricsLine()),
		slog.String("logs", f.logsLine()),
		slog.String("propagators", f.propagators),
		slog.Attr{Key: "http", Value: engine},
		slog.String("shutdown", fmt.Sprintf("flush %v, stop %v, drain %v", f.shutdownTimeout, f.gracePeriod, f.drainDelay)),
	)
}

// summary is the essence of describe, for one line of a log.
func (f *inForce) summary(engine slog.Value) []slog.Attr {
	lines := []slog.Attr{slog.String("service", f.service())}
	if f.file != "" {
		lines = append(lines, slog.String("configuration", f.file))
	}
	lines = append(lines, slog.String("traces", f.export(f.tracesExporter, f.traces.place)))
	if f.tracesExporter != exporterNone && !f.disabled {
		lines = append(lines, slog.String("sampler", f.sampler))
	}
	lines = append(lines,
		slog.String("metrics", f.export(f.metricsExporter, f.metrics.place)),
		slog.String("logs", f.export(f.logsExporter, f.logs.place)),
		slog.String("propagators", f.propagators))
	for _, part := range engine.Group() {
		if strings.HasPrefix(part.Key, "excluded") {
			lines = append(lines, part)
		}
	}
	return lines
}

func (f *inForce) service() string {
	said := make(map[attribute.Key]string)
	for _, kv := range f.attributes {
		said[kv.Key] = kv.Value.String()
	}
	line := said[semconv.ServiceNameKey]
	if version := said[semconv.ServiceVersionKey]; version != "" {
		line += " " + version
	}
	return line + ", instance " + said[semconv.ServiceInstanceIDKey]
}

func (f *inForce) tracesLine() string {
	line := f.export(f.tracesExporter, f.traces.String)
	switch f.tracesExporter {
	case exporterOTLP:
		line += ", " + f.spanBatch.String()
	case exporterConsole:
		line += ", as trees"
	default:
		return line
	}
	return line + ", sampler " + f.sampler
}

func (f *inForce) metricsLine() string {
	line := f.export(f.metricsExporter, f.metrics.String)
	if f.metricsExporter != exporterOTLP && f.metricsExporter != exporterConsole {
		return line
	}
	return line + fmt.Sprintf(", every %v, collect and export %s, %s, %s, exemplars %s, SDK metrics %s, runtime metrics %s",
		f.metricInterval, limited(f.metricTimeout), f.temporality, f.histograms, f.exemplars, onOff(f.sdkMetrics), onOff(f.runtimeMetrics))
}

func (f *inForce) logsLine() string {
	line := f.export(f.logsExporter, f.logs.String)
	switch f.logsExporter {
	case exporterOTLP:
		line += ", " + f.logBatch.String()
	case exporterConsole:
	default:
		return line
	}
	return line + ", slog from " + strings.ToLower(f.logLevel.Level().String())
}

// export tells how a signal is exported, and where to if that is by OTLP.
func (f *inForce) export(exporter string, where func() string) string {
	switch {
	case f.disabled:
		return "off, the SDK is disabled"
	case exporter == exporterOTLP:
		return "otlp, " + where()
	case exporter == exporterConsole:
		return "console"
	}
	return "off"
}

func (o otlp) place() string { return o.protocol + " to " + o.collector() }

// String tells where to and how, without a secret.
func (o otlp) String() string {
	text := o.place()
	if o.tls != nil {
		text += o.tls.String()
	}
	var headers []string
	if len(o.headers) > 0 {
		headers = append(headers, strings.Join(slices.Sorted(maps.Keys(o.headers)), ",")+" (values not shown)")
	}
	if o.headersFunc != nil {
		headers = append(headers, "those of a function")
	}
	if len(headers) == 0 {
		headers = append(headers, "none")
	}
	compression := "none"
	if o.gzip {
		compression = "gzip"
	}
	return fmt.Sprintf("%s, headers %s, compression %s, attempt %s", text, strings.Join(headers, " and "), compression, limited(o.timeout))
}

// String names the limits of a batch processor.
func (b batchConfig) String() string {
	return fmt.Sprintf("queue %d, batch %d, delay %v, export %s", b.queueSize, b.batchSize, b.delay, limited(b.exportTimeout))
}

func limited(timeout time.Duration) string {
	if timeout == 0 || timeout == forever {
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
