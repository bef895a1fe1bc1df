package core

import "log/slog"

// Stats counts the results of a service's telemetry since [Setup].
type Stats struct {
	// Traces, Metrics and Logs are the counts of the first exporter of each signal. This
	// is the first exporter in the environment variable of the signal, such as
	// OTEL_TRACES_EXPORTER, or else the first exporter that an option adds. For other
	// exporters, see [Telemetry.ExporterStats].
	Traces  SpanStats
	Metrics MetricStats
	Logs    LogStats
}

// ExporterStats counts the results of one exporter.
type ExporterStats struct {
	// Signal is "traces", "metrics" or "logs".
	Signal string
	// Exporter is the name in the environment variable, such as console, or the type of
	// an exporter that an option added.
	Exporter string
	// Items counts the spans, data points or log records.
	Items SpanStats
}

// SpanStats counts sampled spans. At any time, even while spans end and are exported,
// Ended is the sum of the other fields. A span is counted once, even if its export is
// retried. With [WithProviders], only Ended is known.
type SpanStats struct {
	// Ended is the number of sampled spans that have ended.
	Ended uint64
	// Exported is the number of spans that the collector has confirmed. If a
	// confirmation is lost, the span is sent again, so the collector may have received
	// it twice.
	Exported uint64
	// Failed is the number of spans whose export was abandoned without a confirmation,
	// plus the spans that the collector rejected.
	Failed uint64
	// Dropped is the number of spans that ended while the queue was full, or after the
	// shutdown.
	Dropped uint64
	// Queued is the number of spans that wait for their export or are being exported. It
	// is at most the queue size plus one batch. It includes spans that end while the
	// counts are read.
	Queued uint64
}

// LogStats counts log records. Ended is the number of emitted records, and the sum of the
// other fields.
type LogStats SpanStats

// MetricStats counts exports and their data points. Each export sends all metrics of the
// service.
type MetricStats struct {
	// Exported is the number of exports that were delivered.
	Exported uint64
	// Failed is the number of exports that were abandoned, or rejected in whole
	// or in part. The cumulative metrics of a failed export are sent again by
	// the next one.
	Failed uint64
	// Points counts the data points of all exports.
	Points PointStats
}

// PointStats counts data points of metrics. Ended is the number of collected points, and
// the sum of the other fields. Data points are never dropped. Queued is the number of
// points that are being exported.
type PointStats SpanStats

// Stats returns the current counts.
func (t *Telemetry) Stats() Stats {
	t = t.ensureInitialized()
	p := t.providers
	exports := p.Metrics.Stats()
	spans := SpanStats(p.Traces.Stats())
	spans.Ended += p.OwnEnded() // spans of providers that the service has built
	return Stats{
		Traces:  spans,
		Metrics: MetricStats{Exported: exports.Exported, Failed: exports.Failed, Points: PointStats(p.Metrics.Points.Stats())},
		Logs:    LogStats(p.Logs.Stats()),
	}
}

// ExporterStats returns the current counts of every exporter, including exporters that
// options add. It does not include processors and metric readers that the service adds.
func (t *Telemetry) ExporterStats() []ExporterStats {
	var stats []ExporterStats
	for _, exporter := range t.ensureInitialized().providers.Pipelines() {
		if exporter.Provider == nil {
			continue
		}
		items := exporter.Stats()
		if exporter.Points != nil {
			items = exporter.Points.Stats()
		}
		stats = append(stats, ExporterStats{Signal: exporter.Signal, Exporter: exporter.Exporter, Items: SpanStats(items)})
	}
	return stats
}

// logLosses logs at the end of a shutdown what was lost since Setup, if anything. Earlier
// messages cover one minute each, and may have been rotated away.
func (t *Telemetry) logLosses() {
	var attributes []slog.Attr
	for _, p := range t.providers.Pipelines() {
		s := p.Stats()
		if s.Failed+s.Dropped == 0 {
			continue
		}
		counts := []any{
			slog.Uint64("ended", s.Ended), slog.Uint64("exported", s.Exported),
			slog.Uint64("failed", s.Failed), slog.Uint64("dropped", s.Dropped),
		}
		if p.Points != nil {
			// If a cumulative data point failed, the next export sent it again, so it is
			// not a loss.
			points := p.Points.Stats()
			counts = []any{
				slog.Uint64("exports", s.Ended), slog.Uint64("failed", s.Failed),
				slog.Uint64("points", points.Ended), slog.Uint64("points_failed", points.Failed),
			}
		}
		group := p.Signal
		if p.Number > 0 {
			group += " by " + p.Exporter
		}
		attributes = append(attributes, slog.Group(group, counts...))
	}
	if len(attributes) > 0 {
		t.logSelf(slog.LevelWarn, "core: shut down; telemetry was lost since the start", attributes...)
	}
}
