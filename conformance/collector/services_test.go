package collector

import (
	"fmt"
	"net/http"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// TestServiceTelemetryArrivesExactlyOnce checks, over every transport, that the telemetry
// of the four services arrives in the Collector complete and exactly once. It compares
// each trace with its request.
func TestServiceTelemetryArrivesExactlyOnce(t *testing.T) {
	for _, tr := range allTransports(t) {
		for _, name := range []string{"ginotel", "echootel", "fiberotel", "nethttpotel"} {
			t.Run(tr.name+"/"+name, func(t *testing.T) {
				c := startCollector(t, tr, unlimitedMemory)
				s := startService(t, c, backendtest.Reference(t, name), "SAMESPAN_ROUTE_FORMAT=braces")
				calls := newExpectedCalls()
				s.burst(t, len(calls), func(i int) request { return calls[i].request })
				if err := s.stop(t); err != nil {
					t.Errorf("the service ended with %v", err)
				}
				c.stop(t)

				got := c.sink.snapshot()
				checkCalls(t, calls, got)
				if len(got.services) != 1 || !got.services[name] {
					t.Errorf("got the services %v, want %s", got.services, name)
				}
				tr.checkCompression(t, c)
				if len(got.records) > 0 {
					t.Errorf("got %d log records, want none: the services make none", len(got.records))
				}
			})
		}
	}
}

// expectedCall is a request, with the telemetry that the service must record for it.
type expectedCall struct {
	request
	// trace and caller are the ids in the request's traceparent.
	trace  pcommon.TraceID
	caller pcommon.SpanID
	// route is the expected route, or "" if the request is excluded.
	route string
	// childName is the name of the server span's child, "" for none.
	childName string
}

// newExpectedCalls returns 56 requests, each with its own trace.
func newExpectedCalls() (calls []expectedCall) {
	add := func(n int, pattern expectedCall) {
		for range n {
			c := pattern
			id := byte(len(calls) + 1)
			c.trace, c.caller = pcommon.TraceID{0: 0xc0, 15: id}, pcommon.SpanID{0: 0xca, 7: id}
			c.traceparent = fmt.Sprintf("00-%s-%s-01", c.trace, c.caller)
			c.method = http.MethodGet
			calls = append(calls, c)
		}
	}
	add(40, expectedCall{request: request{path: "/process/7", wantStatus: http.StatusOK}, route: "/process/{item_id}", childName: "process_item_logic"})
	add(8, expectedCall{request: request{path: "/status/503", wantStatus: http.StatusServiceUnavailable}, route: "/status/{code}"})
	add(8, expectedCall{request: request{path: "/healthz", wantStatus: http.StatusOK}})
	return calls
}

// checkCalls checks that the telemetry of the calls was received exactly once, and that no
// other telemetry was received.
func checkCalls(t *testing.T, calls []expectedCall, got receivedTelemetry) {
	t.Helper()
	traces := make(map[pcommon.TraceID][]span)
	for _, s := range got.spans {
		traces[s.trace] = append(traces[s.trace], s)
	}
	observed, routes, children := uint64(0), make(map[string]uint64), uint64(0)
	for _, c := range calls {
		if problem := c.findProblem(traces[c.trace]); problem != "" {
			t.Errorf("trace %s of %s: %s", c.trace, c.path, problem)
		}
		delete(traces, c.trace)
		if c.route != "" {
			observed++
			routes[c.route]++
		}
		if c.childName != "" {
			children++
		}
	}
	for trace, spans := range traces {
		t.Errorf("got a trace %s that nobody has sent: %v", trace, spans)
	}
	const duration = "http.server.request.duration"
	for route, want := range routes {
		if count := got.total(duration, "http.route", route); count != want {
			t.Errorf("got %s of %d requests for %s, want %d", duration, count, route, want)
		}
	}
	if count := got.total(duration, "", ""); count != observed {
		t.Errorf("got %s of %d requests, want %d", duration, count, observed)
	}
	if count := got.total("reference.processed", "", ""); count != children {
		t.Errorf("got reference.processed %d, want %d", count, children)
	}
}

// findProblem returns what is wrong with the spans of the call's trace, or "".
func (c expectedCall) findProblem(spans []span) string {
	var server, child []span
	for _, s := range spans {
		switch {
		case s.kind == ptrace.SpanKindServer && s.name == c.method+" "+c.route:
			server = append(server, s)
		case s.kind == ptrace.SpanKindInternal && s.name == c.childName:
			child = append(child, s)
		default:
			return fmt.Sprintf("got %s %q, want no such span", s.kind, s.name)
		}
	}
	wantServer, wantChild := 0, 0
	if c.route != "" {
		wantServer = 1
	}
	if c.childName != "" {
		wantChild = 1
	}
	switch {
	case len(server) != wantServer:
		return fmt.Sprintf("got %d server spans, want %d", len(server), wantServer)
	case len(child) != wantChild:
		return fmt.Sprintf("got %d children, want %d", len(child), wantChild)
	case wantServer > 0 && server[0].parent != c.caller:
		return fmt.Sprintf("got the parent %s, want the caller %s", server[0].parent, c.caller)
	case wantChild > 0 && child[0].parent != server[0].id:
		return fmt.Sprintf("got a child of %s, want one of %s", child[0].parent, server[0].id)
	}
	return ""
}

// TestCallCheckDetectsErrors proves that expectedCall.check detects errors.
func TestCallCheckDetectsErrors(t *testing.T) {
	c := newExpectedCalls()[0]
	server := span{trace: c.trace, id: pcommon.SpanID{1}, parent: c.caller, name: "GET /process/{item_id}", kind: ptrace.SpanKindServer}
	child := span{trace: c.trace, id: pcommon.SpanID{2}, parent: server.id, name: "process_item_logic", kind: ptrace.SpanKindInternal}
	orphan, root, wrong := child, server, child
	orphan.parent, root.parent, wrong.name = pcommon.SpanID{9}, pcommon.SpanID{}, "another"
	for _, test := range []struct {
		name      string
		spans     []span
		isCorrect bool
	}{
		{"both spans", []span{server, child}, true},
		{"child before server span", []span{child, server}, true},
		{"no spans", nil, false},
		{"no child", []span{server}, false},
		{"no server span", []span{child}, false},
		{"server span twice", []span{server, server, child}, false},
		{"child twice", []span{server, child, child}, false},
		{"child of another span", []span{server, orphan}, false},
		{"server span without parent", []span{root, child}, false},
		{"additional span", []span{server, child, wrong}, false},
	} {
		if problem := c.findProblem(test.spans); (problem == "") != test.isCorrect {
			t.Errorf("%s: got %q, want a problem: %t", test.name, problem, !test.isCorrect)
		}
	}
	excluded := newExpectedCalls()[48]
	if problem := excluded.findProblem([]span{server}); problem == "" {
		t.Error("a span of an excluded request: got no problem")
	}
}
