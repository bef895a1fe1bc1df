package core

import "log/slog"

// Stats counts what became of a service's telemetry since [Setup].
type Stats struct {
	// Traces, Metrics and Logs are the counts of the first exporter of each: the
	// first of its variable, or of the options where that has none. What others did
	// is in [Telemetry.ExporterStats].
	Traces  SpanStats
	Metrics MetricStats
	Logs    LogStats
}

// ExporterStats counts what became of telemetry at one exporter.
type ExporterStats struct {
	// Signal is "traces", "metrics" or "logs".
	Signal string
	// Exporter is the name in the variable, such as console, or the type of one
	// that an option adds.
	Exporter string
	// Items are the spans, data points or log records.
	Items SpanStats
}

// SpanStats counts sampled spans. Ended is the sum of the others in every
// reading, also while spans end and are exported. A span is counted once,
// however often the exporter tries to send it.
type SpanStats struct {
	// Ended are the sampled spans that have ended.
	Ended uint64
	// Exported are those that the collector has confirmed. One whose
	// confirmation got lost was sent again, and arrived twice.
	Exported uint64
	// Failed are those whose export was given up without a confirmation, and
	// those that the collector rejected out of an export that it took.
	Failed uint64
	// Dropped are those that found the queue full, or the service shut down.
	Dropped uint64
	// Queued are those that wait for their export, or are under way: as many
	// as the queue and one batch hold, at most. Those that end during the
	// reading count as queued, whatever becomes of them.
	Queued uint64
}

// LogStats counts log records. Ended, those that were emitted, is the sum of
// the others.
type LogStats SpanStats

// MetricStats counts exports, each of which sends every metric of the service,
// and what was in them.
type MetricStats struct {
	// Exported are the exports that were delivered.
	Exported uint64
	// Failed are those that were given up, or not taken as a whole. The
	// cumulative metrics of a failed export are part of the next one.
	Failed uint64
	// Points are the data points of all exports.
	Points PointStats
}

// PointStats counts data points of metrics. Ended, those that were collected
// for an export, is the sum of the others. None is ever dropped, and those that
// are queued are under way.
type PointStats SpanStats

// Stats returns the counts at this moment.
func (t *Telemetry) Stats() Stats {
	t = t.ready()
	p := t.providers
	exports := p.Metrics.Stats()
	return Stats{
		Traces:  SpanStats(p.Traces.Stats()),
		Metrics: MetricStats{Exported: exports.Exported, Failed: exports.Failed, Points: PointStats(p.Metrics.Points.Stats())},
		Logs:    LogStats(p.Logs.Stats()),
	}
}

// ExporterStats returns the counts of every exporter at this moment: those of the
// variables and those that options add. Processors, and readers of metrics, that
// the service adds are not among them.
func (t *Telemetry) ExporterStats() []ExporterStats {
	var stats []ExporterStats
	for _, exporter := range t.ready().providers.Pipelines() {
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

// logLosses writes, at the end of a shutdown, what was lost since Setup, if
// anything was: what the log says before is about one minute each, and may have
// been rotated away.
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
			// A cumulative point that failed was part of the next export.
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
		t.say(slog.LevelWarn, "core: shut down; telemetry was lost since the start", attributes...)
	}
}
