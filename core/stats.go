package core

import "log/slog"

// Stats counts the results of a service's telemetry since [Setup].
type Stats struct {
	// Traces, Metrics and Logs are the counts of the first exporter of each
	// signal: the first that its variable lists, or else the first of the
	// options. [Telemetry.ExporterStats] has the counts of the others.
	Traces  SpanStats
	Metrics MetricStats
	Logs    LogStats
}

// ExporterStats counts the results of one exporter.
type ExporterStats struct {
	// Signal is "traces", "metrics" or "logs".
	Signal string
	// Exporter is the name in the variable, such as console, or the type if an
	// option added it.
	Exporter string
	// Items counts the spans, data points or log records.
	Items SpanStats
}

// SpanStats counts sampled spans. In every reading Ended is the sum of the
// other fields, also while spans end and are exported. A span is counted once,
// however often its export is tried.
// With [WithProviders] only Ended is known.
type SpanStats struct {
	// Ended is the number of sampled spans that have ended.
	Ended uint64
	// Exported is the number of spans that the collector has confirmed. If a
	// confirmation was lost, a span was sent again and arrived twice.
	Exported uint64
	// Failed is the number of spans whose export was abandoned without a
	// confirmation, and of those that the collector rejected.
	Failed uint64
	// Dropped is the number of spans that ended when the queue was full, or
	// after the shutdown.
	Dropped uint64
	// Queued is the number of spans that wait for their export or are being
	// exported: at most the queue size and one batch. Spans that end during the
	// reading are included.
	Queued uint64
}

// LogStats counts log records. Ended, the number emitted, is the sum of the
// other fields.
type LogStats SpanStats

// MetricStats counts exports, each of which sends all metrics of the service,
// and their data points.
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

// PointStats counts data points of metrics. Ended, the number collected, is the
// sum of the other fields. None is ever dropped; Queued is the number being
// exported.
type PointStats SpanStats

// Stats returns the current counts.
func (t *Telemetry) Stats() Stats {
	t = t.initialized()
	p := t.providers
	exports := p.Metrics.Stats()
	spans := SpanStats(p.Traces.Stats())
	spans.Ended += p.OwnEnded() // of providers that Setup has not built
	return Stats{
		Traces:  spans,
		Metrics: MetricStats{Exported: exports.Exported, Failed: exports.Failed, Points: PointStats(p.Metrics.Points.Stats())},
		Logs:    LogStats(p.Logs.Stats()),
	}
}

// ExporterStats returns the current counts of every exporter, those of the
// variables and those that options add. It does not include processors and
// metric readers that the service adds.
func (t *Telemetry) ExporterStats() []ExporterStats {
	var stats []ExporterStats
	for _, exporter := range t.initialized().providers.Pipelines() {
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

// logLosses logs, at the end of a shutdown, what was lost since Setup, if
// anything: earlier messages cover one minute each, and may have been rotated
// away.
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
			// A cumulative data point that failed was sent again by the next
			// export.
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
