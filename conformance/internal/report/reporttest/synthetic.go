// Package reporttest has artificial reports for tests of output formats. It imports
// conformance and otlptest.
package reporttest

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Hostile is a text that breaks a page unless it is escaped.
const Hostile = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\x00\xff\u202e'\"&{{.}}${x}\u2028"

// Began is the time of the Synthetic reports.
var Began = time.Date(2026, time.November, 22, 14, 0, 0, 0, time.UTC)

// Synthetic returns reports of twelve subjects in which every outcome occurs. They are
// the same for each call.
func Synthetic() []conformance.Report {
	frameworks := [][2]string{{"Gin", "v1.12.0"}, {"Echo", "v4.16.0"}, {"Fiber", "v2.52.15"}, {"net/http", "go1.26.0"}}
	names := []string{
		"ginotel", "echootel", "fiberotel", "nethttpotel", "otelgin", "otelecho", "otelfiber", "otelhttp",
		"otelgin+core", "otelecho+core", "otelfiber+core", "otelhttp+core",
	}
	var reports []conformance.Report
	for i, name := range names {
		report := conformance.Report{
			Subject: conformance.SubjectInfo{
				Name: name, Framework: frameworks[i%4][0], FrameworkVersion: frameworks[i%4][1],
				Instrumentation: "github.com/example/instrumentation/" + name + "/v2", InstrumentationVersion: fmt.Sprintf("v0.%d.0", 60+i),
			},
			Started: Began, Duration: conformance.Duration(12 * time.Second),
		}
		for j, check := range Checks() {
			report.Results = append(report.Results, syntheticResult(check, i, j))
		}
		reports = append(reports, report)
	}
	return reports
}

// Checks returns the suite's checks and two invented checks: one with hostile text, and one
// with much evidence.
func Checks() []conformance.Check {
	var infos []conformance.Check
	for _, c := range conformance.Checks() {
		infos = append(infos, conformance.Check{ID: c.ID, Level: c.Level, Rule: c.Rule, Source: c.Source, Hint: c.Hint, Help: c.Help})
	}
	return append(infos,
		conformance.Check{ID: "other/" + "hostile", Rule: "A rule with " + Hostile, Source: Hostile, Level: conformance.Level(Hostile), Hint: Hostile, Help: "javascript:" + Hostile},
		conformance.Check{ID: "other/many", Rule: "A check with more evidence than a page should hold.", Source: "bug reports of other instrumentations"})
}

// syntheticResult returns an invented result of a check. subject and index, the positions
// of the subject and of the check, determine the outcome.
func syntheticResult(check conformance.Check, subject, index int) conformance.Result {
	result := conformance.Result{Check: check, Outcome: conformance.Pass, Duration: conformance.Duration(time.Duration(17*(index+1)) * time.Millisecond)}
	isUpstream := subject >= 4
	switch {
	case check.ID == "other/hostile" && subject == 0:
		result.Outcome = conformance.Fail
	case isUpstream && index%6 == subject%3:
		result.Outcome = conformance.Fail
	case isUpstream && index%13 == 4:
		result.Outcome, result.Reason = conformance.NotApplicable, "the subject does not have: [lifecycle]"
		return result
	case !isUpstream && index%31 == 18:
		result.Outcome, result.Reason = conformance.KnownFailure, "fasthttp reads the whole request before the handler runs."
	case subject == 10 && index%37 == 7:
		result.Outcome, result.Reason = conformance.Error, "the service ended before it accepted connections; it printed:\npanic: listen tcp: address in use"
		return result
	}
	if result.Outcome != conformance.Pass {
		result.Problems = []conformance.Problem{
			{What: "server spans of GET /process/1", Got: "2 [GET /process/:item_id GET /process/:item_id]", Want: "1"},
			{What: "http.route of GET", Got: fmt.Sprintf("%q", "/process/1"), Want: `"/process/:item_id"`},
		}
	}
	count := 1 + index%3
	if check.ID == "other/many" {
		count = 200
	}
	for n := range count {
		addEvidence(&result, n, check.ID == "other/hostile")
	}
	return result
}

// addEvidence adds a request and its trace to the evidence. n makes their ids unique. If
// isHostile is true, their texts contain Hostile.
func addEvidence(result *conformance.Result, n int, isHostile bool) {
	trace, caller := fmt.Sprintf("0af7651916cd43dd8448eb21%08x", n), fmt.Sprintf("b7ad6b71%08x", n)
	text := "1"
	if isHostile {
		text = Hostile
	}
	result.Evidence.Exchanges = append(result.Evidence.Exchanges, conformance.Exchange{
		Request:  conformance.Request{Method: "GET", Target: "/process/" + text, Header: []string{"Traceparent: 00-" + trace + "-" + caller + "-01", "X-Text: " + text}},
		Response: conformance.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"item_id":"` + text + `","status":"processed"}`},
		TraceID:  trace, SpanID: caller,
	})
	span := func(id, parent, name, kind string, from, to int, attributes otlptest.Attributes) conformance.SpanInfo {
		return conformance.SpanInfo{
			TraceID: trace, SpanID: id, ParentID: parent, Name: name, Kind: kind, Status: "unset", Attributes: attributes, Scope: "synthetic v1",
			Start: Began.Add(time.Duration(from) * time.Microsecond), End: Began.Add(time.Duration(to) * time.Microsecond),
		}
	}
	server := span("1111111111111111", caller, "GET /process/:item_id", "server", 0, 540, otlptest.Attributes{
		"http.request.method": "GET", "http.route": "/process/:item_id", "url.path": "/process/" + text,
		"http.response.status_code": int64(200), "network.protocol.version": "1.1", "user_agent.original": "suite",
	})
	if result.Outcome == conformance.Fail {
		server.Status, server.Events = "error", []string{"exception"}
		server.Attributes["error.type"] = "*errors.errorString"
	}
	result.Evidence.Spans = append(result.Evidence.Spans,
		span("4444444444444444", "3333333333333333", "GET /process/{item_id}", "server", 180, 420, nil),
		span("2222222222222222", "1111111111111111", "process_item_logic", "internal", 20, 500, otlptest.Attributes{"item.id": text}),
		span("3333333333333333", "2222222222222222", "HTTP GET", "client", 60, 470, nil),
		server,
		span("5555555555555555", "9999999999999999", "orphaned "+text, "internal", 510, 515, nil),
	)
}

// OutcomeOf returns subject and check of the first result with the outcome.
func OutcomeOf(reports []conformance.Report, outcome conformance.Outcome) (subject, check string) {
	for i := range reports {
		at := slices.IndexFunc(reports[i].Results, func(r conformance.Result) bool { return r.Outcome == outcome })
		if at >= 0 {
			return reports[i].Subject.Name, reports[i].Results[at].Check.ID
		}
	}
	return "", ""
}
