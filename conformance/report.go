package conformance

import (
	"strconv"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// Report is what the suite found out about one subject.
type Report struct {
	Subject  SubjectInfo `json:"subject"`
	Results  []Result    `json:"results"`
	Started  time.Time   `json:"started"`
	Duration Duration    `json:"duration_ms"`
}

// SubjectInfo names a subject.
type SubjectInfo struct {
	Name                   string `json:"name"`
	Framework              string `json:"framework"`
	FrameworkVersion       string `json:"framework_version"`
	Instrumentation        string `json:"instrumentation"`
	InstrumentationVersion string `json:"instrumentation_version"`
}

// Result is how one check ended.
type Result struct {
	Check   CheckInfo `json:"check"`
	Outcome Outcome   `json:"outcome"`
	// Reason says why an outcome is a known failure, not applicable or an
	// error.
	Reason   string    `json:"reason,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
	Evidence Evidence  `json:"evidence"`
	Duration Duration  `json:"duration_ms"`
}

// CheckInfo names a check.
type CheckInfo struct {
	ID     string `json:"id"`
	Rule   string `json:"rule"`
	Source string `json:"source"`
}

// Evidence is what a check sent and what arrived.
type Evidence struct {
	Exchanges []Exchange `json:"exchanges,omitempty"`
	Spans     []SpanInfo `json:"spans,omitempty"`
}

// SpanInfo is a span as a report keeps it.
type SpanInfo struct {
	TraceID    string              `json:"trace_id"`
	SpanID     string              `json:"span_id"`
	ParentID   string              `json:"parent_id,omitempty"`
	Name       string              `json:"name"`
	Kind       string              `json:"kind"`
	Status     string              `json:"status"`
	Start      time.Time           `json:"start"`
	End        time.Time           `json:"end"`
	Attributes otlptest.Attributes `json:"attributes,omitempty"`
	Events     []string            `json:"events,omitempty"`
	// Scope is the instrumentation's, with its version.
	Scope string `json:"scope,omitempty"`
	// Links are the spans linked to, as trace id and span id with a hyphen
	// between them.
	Links []string `json:"links,omitempty"`
}

// Duration is written to JSON in milliseconds.
type Duration time.Duration

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d)/float64(time.Millisecond), 'f', 3, 64), nil
}

// Count returns how many results have the outcome.
func (r *Report) Count(outcome Outcome) (count int) {
	for i := range r.Results {
		if r.Results[i].Outcome == outcome {
			count++
		}
	}
	return count
}

// OK tells whether the subject is as expected: no failure and no error.
func (r *Report) OK() bool { return r.Count(Fail) == 0 && r.Count(Error) == 0 }

func spanInfo(s otlptest.Span) SpanInfo {
	info := SpanInfo{
		TraceID: s.TraceID(), SpanID: s.SpanID(), ParentID: s.ParentID(),
		Name: s.Name(), Kind: string(s.Kind()), Status: string(s.Status()),
		Start: s.Start(), End: s.End(), Attributes: s.Attributes,
		Scope: strings.TrimSpace(s.Scope.Name + " " + s.Scope.Version),
	}
	for _, e := range s.Events() {
		info.Events = append(info.Events, e.Name)
	}
	for _, l := range s.Links() {
		info.Links = append(info.Links, l.TraceID+"-"+l.SpanID)
	}
	return info
}
