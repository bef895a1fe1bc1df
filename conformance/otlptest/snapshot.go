package otlptest

import "slices"

// Snapshot is what a [Server] had received at one moment, in the order of
// arrival. It does not change afterwards.
type Snapshot struct {
	requests []Request
	spans    []Span
	metrics  []Metric
	logs     []LogRecord
}

// Requests are the exports, those included that were refused.
func (s Snapshot) Requests() []Request { return slices.Clone(s.requests) }

// Spans are the spans of all traces.
func (s Snapshot) Spans() []Span { return slices.Clone(s.spans) }

// SpansNamed are the spans with that name.
func (s Snapshot) SpansNamed(name string) []Span {
	return s.spansWhere(func(span Span) bool { return span.Name() == name })
}

// Trace is the spans of one trace, by the trace's id in lower-case
// hexadecimal.
func (s Snapshot) Trace(traceID string) []Span {
	return s.spansWhere(func(span Span) bool { return span.TraceID() == traceID })
}

func (s Snapshot) spansWhere(holds func(Span) bool) []Span {
	var found []Span
	for _, span := range s.spans {
		if holds(span) {
			found = append(found, span)
		}
	}
	return found
}

// TraceIDs are the ids of the traces, in the order in which each trace's first
// span arrived.
func (s Snapshot) TraceIDs() []string {
	var ids []string
	seen := make(map[string]bool)
	for _, span := range s.spans {
		if id := span.TraceID(); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// Metrics are the metrics of all exports: a metric that is exported three
// times is here three times.
func (s Snapshot) Metrics() []Metric { return slices.Clone(s.metrics) }

// Points are a metric's points. Where points are cumulative, or of a gauge, it
// is the latest of each series, in the order in which the series appeared;
// where they are deltas, it is all of them in the order of arrival. A series is
// a resource, a scope and a set of attributes.
func (s Snapshot) Points(metric string) []Point {
	var points []Point
	index := make(map[string]int)
	for _, each := range s.metrics {
		if each.Name() != metric {
			continue
		}
		for _, point := range each.Points() {
			if point.Delta {
				points = append(points, point)
				continue
			}
			series := point.series()
			if i, known := index[series]; known {
				points[i] = point
				continue
			}
			index[series] = len(points)
			points = append(points, point)
		}
	}
	return points
}

// Logs are the log records.
func (s Snapshot) Logs() []LogRecord { return slices.Clone(s.logs) }

// Snapshot is what the server has received so far.
func (s *Server) Snapshot() Snapshot {
	snapshot, _, _ := s.store.snapshot()
	return snapshot
}

// Take is [Server.Snapshot] and [Server.Reset] at once: nothing that arrives
// meanwhile is lost in between. A program that receives for a long time looks
// at what arrived piece by piece with it.
func (s *Server) Take() Snapshot { return s.store.takeAll() }

// Requests is [Snapshot.Requests] of now.
func (s *Server) Requests() []Request { return s.Snapshot().Requests() }

// Spans is [Snapshot.Spans] of now.
func (s *Server) Spans() []Span { return s.Snapshot().Spans() }

// Metrics is [Snapshot.Metrics] of now.
func (s *Server) Metrics() []Metric { return s.Snapshot().Metrics() }

// Points is [Snapshot.Points] of now.
func (s *Server) Points(metric string) []Point { return s.Snapshot().Points(metric) }

// Logs is [Snapshot.Logs] of now.
func (s *Server) Logs() []LogRecord { return s.Snapshot().Logs() }

// Reset forgets everything received so far. Snapshots taken before keep it.
func (s *Server) Reset() { s.store.reset() }
