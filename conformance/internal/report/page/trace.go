package page

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance"
)

// traceData is a trace for the waterfall, with its spans in tree order.
type traceData struct {
	ID string `json:"id"`
	// Caller is the span id in the traceparent that the suite has sent, or "". No such
	// span is exported.
	Caller string     `json:"caller,omitempty"`
	Took   string     `json:"took"`
	Spans  []spanData `json:"spans"`
	More   int        `json:"more,omitempty"`
}

// spanData is a span in the waterfall. Attrs are the keys and values of its attributes.
type spanData struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Status string `json:"status,omitempty"`
	ID     string `json:"id"`
	Parent string `json:"parent,omitempty"`
	Depth  int    `json:"depth"`
	// From and Width are the start and the duration of the span, in percent of the trace's
	// duration. They are the position and the width of the span's bar.
	From  float64 `json:"from"`
	Width float64 `json:"width"`
	Took  string  `json:"took"`
	// Orphan is set if the parent is neither one of the received spans nor the caller's span.
	Orphan bool        `json:"orphan,omitempty"`
	Scope  string      `json:"scope,omitempty"`
	Attrs  [][2]string `json:"attrs,omitempty"`
	Events []string    `json:"events,omitempty"`
	Links  []string    `json:"links,omitempty"`
}

// newTraces groups the spans by trace, in the order of arrival. It returns at most maxTraces
// traces; more is the number of other traces.
func newTraces(e *conformance.Evidence) (traces []traceData, more int) {
	var ids []string
	spans := make(map[string][]conformance.SpanInfo)
	for i := range e.Spans {
		id := e.Spans[i].TraceID
		if spans[id] == nil {
			ids = append(ids, id)
		}
		spans[id] = append(spans[id], e.Spans[i])
	}
	callers := callerSpanIDs(e.Exchanges)
	for i, id := range ids {
		if i == maxTraces {
			return traces, len(ids) - i
		}
		traces = append(traces, newTrace(id, spans[id], callers))
	}
	return traces, 0
}

// callerSpanIDs returns the span ids in the traceparents that the suite has sent.
func callerSpanIDs(exchanges []conformance.Exchange) map[string]bool {
	found := make(map[string]bool)
	for i := range exchanges {
		if id := exchanges[i].SpanID; id != "" {
			found[id] = true
		}
		for _, line := range exchanges[i].Request.Header {
			name, value, _ := strings.Cut(line, ":")
			if parts := strings.Split(strings.TrimSpace(value), "-"); strings.EqualFold(name, "traceparent") && len(parts) == 4 {
				found[parts[2]] = true
			}
		}
	}
	return found
}

// newTrace returns a trace with its spans in tree order. If spans form a cycle, they
// follow at the end, each as a root. The keys of callers are the span ids that
// callerSpanIDs returns.
func newTrace(id string, spans []conformance.SpanInfo, callers map[string]bool) traceData {
	slices.SortStableFunc(spans, func(a, b conformance.SpanInfo) int { return a.Start.Compare(b.Start) })
	from, to := timeRange(spans)
	trace := traceData{ID: escapeInvisible(id), Took: formatDuration(to.Sub(from))}
	arrived := make(map[string]bool)
	for i := range spans {
		arrived[spans[i].SpanID] = true
	}
	done := make([]bool, len(spans))
	var add func(i, depth int)
	add = func(i, depth int) {
		done[i] = true
		s := newSpan(&spans[i], from, to)
		s.Depth = depth
		s.Orphan = s.Parent != "" && !arrived[spans[i].ParentID] && !callers[spans[i].ParentID]
		trace.Spans = append(trace.Spans, s)
		for child := range spans {
			if !done[child] && spans[child].ParentID == spans[i].SpanID {
				add(child, depth+1)
			}
		}
	}
	for i := range spans {
		if arrived[spans[i].ParentID] || done[i] {
			continue
		}
		depth := 0
		if callers[spans[i].ParentID] {
			trace.Caller, depth = escapeInvisible(spans[i].ParentID), 1
		}
		add(i, depth)
	}
	for i := range spans {
		if !done[i] {
			add(i, 0)
		}
	}
	if trace.More = max(0, len(trace.Spans)-maxSpans); trace.More > 0 {
		trace.Spans = trace.Spans[:maxSpans]
	}
	return trace
}

// timeRange returns the earliest start and the latest end of the spans.
func timeRange(spans []conformance.SpanInfo) (from, to time.Time) {
	for i := range spans {
		if i == 0 || spans[i].Start.Before(from) {
			from = spans[i].Start
		}
		if i == 0 || spans[i].End.After(to) {
			to = spans[i].End
		}
	}
	return from, to
}

func newSpan(s *conformance.SpanInfo, from, to time.Time) spanData {
	data := spanData{
		Name: escapeAndShorten(s.Name, maxLine), Kind: escapeInvisible(s.Kind), ID: escapeInvisible(s.SpanID), Parent: escapeInvisible(s.ParentID),
		Scope: escapeAndShorten(s.Scope, maxLine), Took: formatDuration(s.End.Sub(s.Start)),
	}
	if s.Status != "unset" {
		data.Status = escapeInvisible(s.Status)
	}
	if whole := float64(to.Sub(from)); whole > 0 {
		data.From = roundPercent(100 * float64(s.Start.Sub(from)) / whole)
		data.Width = roundPercent(100 * float64(max(0, s.End.Sub(s.Start))) / whole)
	} else {
		data.Width = 100
	}
	for i, key := range slices.Sorted(maps.Keys(s.Attributes)) {
		if i == maxAttrs {
			data.Attrs = append(data.Attrs, [2]string{"…", fmt.Sprintf("and %d more", len(s.Attributes)-i)})
			break
		}
		data.Attrs = append(data.Attrs, [2]string{escapeAndShorten(key, maxLine), formatValue(s.Attributes[key])})
	}
	for _, event := range s.Events {
		data.Events = append(data.Events, escapeAndShorten(event, maxLine))
	}
	for _, link := range s.Links {
		data.Links = append(data.Links, escapeAndShorten(link, maxLine))
	}
	return data
}

// formatValue formats an attribute's value. Strings are quoted, to distinguish "5" from
// the number 5.
func formatValue(v any) string {
	switch v := v.(type) {
	case string:
		return `"` + escapeAndShorten(v, maxText) + `"`
	case []byte:
		return escapeAndShorten(fmt.Sprintf("0x%x", v), maxText)
	case []string:
		return escapeAndShorten(fmt.Sprintf("%q", v), maxText)
	default:
		return escapeAndShorten(fmt.Sprint(v), maxText)
	}
}

// roundPercent rounds a percentage to two decimals.
func roundPercent(percent float64) float64 { return float64(int(percent*100+0.5)) / 100 }
