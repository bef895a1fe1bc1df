package core

import "log/slog"

// logLosses writes, at the end of a shutdown, what was lost since Setup, if
// anything was: what the log says before is about one minute each, and may have
// been rotated away.
func (t *Telemetry) logLosses() {
	var attributes []slog.Attr
	for _, p := range t.pipelines() {
		s := p.Stats()
		if s.Failed+s.Dropped == 0 {
			continue
		}
		counts := []any{
			slog.Uint64("ended", s.Ended), slog.Uint64("exported", s.Exported),
			slog.Uint64("failed", s.Failed), slog.Uint64("dropped", s.Dropped),
		}
		if p == t.metrics {
			// A cumulative point that failed was part of the next export.
			points := t.points.Stats()
			counts = []any{
				slog.Uint64("exports", s.Ended), slog.Uint64("failed", s.Failed),
				slog.Uint64("points", points.Ended), slog.Uint64("points_failed", points.Failed),
			}
		}
		attributes = append(attributes, slog.Group(p.Signal, counts...))
	}
	if len(attributes) > 0 {
		t.say(slog.LevelWarn, "core: shut down; telemetry was lost since the start", attributes...)
	}
}
