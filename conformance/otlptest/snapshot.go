package otlptest

import "slices"

// Snapshot is the telemetry that a [Server] had received at one point in time, in the
// order of arrival. It does not change afterwards. Its attributes and messages are shared by
// all snapshots, and must not be modified.
type Snapshot struct {
	requests []Request
	spans    []Span
	metrics  []Metric
	logs     []LogRecord
}

// Requests returns all exports, including refused ones.
func (s Snapshot) Requests() []Request { return slices.Clone(s.requests) }

// Spans returns the spans of all traces.
func (s Snapshot) Spans() []Span { return slices.Clone(s.spans) }

// SpansNamed returns the spans with the name.
func (s Snapshot) SpansNamed(name string) []Span {
	return s.spansWhere(func(span Span) bool { return span.Name() == name })
}

// Trace returns the spans of one trace. traceID is in lower-case hexadecimal.
func (s Snapshot) Trace(traceID string) []Span {
	return s.spansWhere(func(span Span) bool { return span.TraceID() == traceID })
}

// spansWhere returns the spans for which matches returns true.
func (s Snapshot) spansWhere(matches func(Span) bool) []Span {
	var found []Span
	for _, span := range s.spans {
		if matches(span) {
			found = append(found, span)
		}
	}
	return found
}

// TraceIDs returns the ids of the traces, in the order in which the first span of each
// arrived.
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

// Metrics returns the metrics of all exports. A metric that is exported three times
// occurs three times.
func (s Snapshot) Metrics() []Metric { return slices.Clone(s.metrics) }

// Points returns a metric's points. For a gauge and for cumulative points, it returns only
// the latest point of each series, in the order in which the series first arrived. It
// returns all delta points, in the order of arrival. A series is identified by its
// resource, scope and attributes.
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
			series := point.seriesKey()
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

// Logs returns the log records.
func (s Snapshot) Logs() []LogRecord { return slices.Clone(s.logs) }

// Snapshot returns the telemetry that the server has received so far.
func (s *Server) Snapshot() Snapshot {
	snapshot, _, _ := s.store.snapshot()
	return snapshot
}

// Take does the same as [Server.Snapshot] and then [Server.Reset], but in one step, so that
// no telemetry can arrive in between and be lost. It is for programs that receive
// telemetry for a long time and process it piece by piece.
func (s *Server) Take() Snapshot { return s.store.takeAll() }

// Requests calls [Snapshot.Requests] on the current snapshot.
func (s *Server) Requests() []Request { return s.Snapshot().Requests() }

// Spans calls [Snapshot.Spans] on the current snapshot.
func (s *Server) Spans() []Span { return s.Snapshot().Spans() }

// Metrics calls [Snapshot.Metrics] on the current snapshot.
func (s *Server) Metrics() []Metric { return s.Snapshot().Metrics() }

// Points calls [Snapshot.Points] on the current snapshot.
func (s *Server) Points(metric string) []Point { return s.Snapshot().Points(metric) }

// Logs calls [Snapshot.Logs] on the current snapshot.
func (s *Server) Logs() []LogRecord { return s.Snapshot().Logs() }

// Reset removes everything received so far. Existing snapshots are not affected.
func (s *Server) Reset() { s.store.reset() }
