package jaeger

import (
	"slices"
	"testing"
)

// TestProblemWithDetectsErrors checks that problemWith accepts a correct trace and
// detects every error in it.
func TestProblemWithDetectsErrors(t *testing.T) {
	for _, test := range []struct {
		name      string
		spoil     func(trace *jaegerTrace)
		isCorrect bool
	}{
		{"correct", func(*jaegerTrace) {}, true},
		{"spans in another order", func(trace *jaegerTrace) { slices.Reverse(trace.Spans) }, true},
		{"no spans", func(trace *jaegerTrace) { trace.Spans = nil }, false},
		{"last spans missing", func(trace *jaegerTrace) { trace.Spans = trace.Spans[:10] }, false},
		{"additional span", func(trace *jaegerTrace) { trace.Spans = append(trace.Spans, jaegerSpan{SpanID: "x"}) }, false},
		{"root span without the caller as parent", func(trace *jaegerTrace) { trace.Spans[0].References = nil }, false},
		{"another name", func(trace *jaegerTrace) { trace.Spans[3].OperationName = "GET /process/7" }, false},
		{"another service", func(trace *jaegerTrace) { trace.Spans[3].ProcessID = "0" }, false},
		{"another kind", func(trace *jaegerTrace) { trace.Spans[3].Tags[0].Value = "internal" }, false},
		{"another status", func(trace *jaegerTrace) { trace.Spans[3].Tags[1].Value = 500.0 }, false},
		{"span that starts before its parent", func(trace *jaegerTrace) { trace.Spans[3].StartTime = 1 }, false},
		{"unexpected warning", func(trace *jaegerTrace) { trace.Spans[3].Warnings = []string{"duplicate span"} }, false},
	} {
		trace := correctTrace()
		test.spoil(&trace)
		if problem := problemWith(trace); (problem == "") != test.isCorrect {
			t.Errorf("%s: got %q, want a problem: %t", test.name, problem, !test.isCorrect)
		}
	}
}

// correctTrace returns a correct trace through the chain.
func correctTrace() jaegerTrace {
	type (
		reference = struct{ RefType, SpanID string }
		tag       = struct {
			Key   string
			Value any
		}
	)
	trace := jaegerTrace{Processes: make(map[string]struct{ ServiceName string })}
	parent := callerID
	for i, name := range chain {
		process := string(rune('0' + i))
		trace.Processes[process] = struct{ ServiceName string }{name}
		for _, o := range []operation{{processOperation, "server"}, {"process_item_logic", "internal"}, {"HTTP GET", "client"}} {
			if i == len(chain)-1 && o.SpanKind == "client" {
				continue
			}
			s := jaegerSpan{
				SpanID: name + o.SpanKind, OperationName: o.Name, ProcessID: process, StartTime: int64(len(trace.Spans)),
				References: []reference{{"CHILD_OF", parent}},
				Tags:       []tag{{"span.kind", o.SpanKind}, {"http.response.status_code", 200.0}},
			}
			trace.Spans = append(trace.Spans, s)
			parent = s.SpanID
		}
	}
	return trace
}
