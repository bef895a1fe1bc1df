package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// goldenExpectation returns the outcomes in the golden matrix.
func goldenExpectation(t *testing.T) *matrix.Expectation {
	t.Helper()
	expectation, err := matrix.Expect(bytes.NewReader(goldenMatrix))
	if err != nil {
		t.Fatal(err)
	}
	return expectation
}

// TestGoldenMatrixIsCurrent checks that the golden matrix has all checks and subjects,
// and no others. It does not run the suite: `make conformance` compares the outcomes.
func TestGoldenMatrixIsCurrent(t *testing.T) {
	expectation := goldenExpectation(t)
	var checks, subjects []string
	for _, c := range conformance.Checks() {
		checks = append(checks, c.ID)
	}
	for _, s := range subject.Compared() {
		subjects = append(subjects, s.Name)
	}
	const renew = "(go run ./conformance/compare matrix --update conformance/compare/testdata/matrix.golden)"
	if got := expectation.Checks(); !slices.Equal(got, checks) {
		t.Errorf("got checks %v\nwant %v %s", got, checks, renew)
	}
	if got := expectation.Subjects(); !slices.Equal(got, subjects) {
		t.Errorf("got subjects %v\nwant %v %s", got, subjects, renew)
	}
}

// TestOurSubjectsFailNoCheck checks that the golden matrix has no failure of this
// project's subjects, and no error of the suite.
func TestOurSubjectsFailNoCheck(t *testing.T) {
	expectation := goldenExpectation(t)
	for _, s := range subject.Compared() {
		for _, check := range expectation.Checks() {
			outcome := expectation.Outcome(s.Name, check)
			if outcome == conformance.Error || outcome == conformance.Fail && !s.Upstream {
				t.Errorf("%s: %s: the golden matrix has %s", s.Name, check, outcome)
			}
		}
	}
}

// defectsFoundByHand are defects of the official middlewares that were found by hand
// before the suite existed. Each defect has the name of the check that must find it.
var defectsFoundByHand = []struct {
	fault    string
	check    string // id of the check
	subjects string // names of the subjects with the defect, separated by spaces
}{
	{"attributes of old conventions", "span/attributes", "otelecho otelfiber"},
	{"no method in the name", "span/kind-name", "otelfiber"},
	{"an empty http.route, or / for one, on 404", "span/unmatched", "otelgin otelfiber"},
	{"http.route / on 405", "span/method-not-allowed", "otelfiber"},
	{"no http.route on the span", "span/route", "otelhttp"},
	{"the child in an excluded handler is an orphan root", "exclude/children", "otelgin otelecho otelhttp otelfiber"},
	{"a panic without status, status code and duration", "error/panic", "otelgin otelecho otelhttp otelfiber"},
	{"active requests stay at 1 after a panic", "metric/active", "otelfiber"},
	{"a 4xx with a recorded error is an Error with a description", "error/handler", "otelgin"},
	{"a 4xx with a returned error has an exception event", "error/handler", "otelfiber"},
	{"an unknown method is GET, or as the client wrote it", "span/method-other", "otelgin otelecho"},
	{"the name of a 405 has the route", "span/method-not-allowed", "otelecho"},
	{"the body of HEAD is not counted, or what was not sent is", "metric/body-size", "otelgin otelhttp"},
	{"a duration of the old name in ms", "metric/duration", "otelfiber"},
	{"the service's name or a port in server.address", "span/attributes", "otelgin otelecho otelfiber"},
	{"a sampler that is given nothing by today's names", "span/sampler", "otelecho otelfiber"},
	{"no query, or one with its secrets", "span/query", "otelgin otelecho otelhttp otelfiber"},
	{"the user of basic authentication is recorded", "trust/secrets", "otelfiber"},
	{"trace context and baggage in responses", "transparent/response", "otelfiber"},
	{"the error handler runs twice, or the error is swallowed", "error/handler-once", "otelecho otelfiber"},
	{"one invalid User-Agent costs the whole batch", "flush/hostile-bytes", "otelgin otelecho otelhttp otelfiber"},
	{"two server spans of a middleware registered twice", "parent/twice", "otelgin otelecho otelhttp otelfiber"},
	{"duplicate traceparent is accepted", "parent/invalid", "otelhttp"},
	{"tracestate of several, empty or repeated members", "parent/tracestate", "otelhttp"},
}

// TestSuiteFindsDefectsFoundByHand checks that, in the golden matrix, each of
// defectsFoundByHand fails its check.
func TestSuiteFindsDefectsFoundByHand(t *testing.T) {
	expectation := goldenExpectation(t)
	for _, m := range defectsFoundByHand {
		for name := range strings.FieldsSeq(m.subjects) {
			if got := expectation.Outcome(name, m.check); got != conformance.Fail {
				t.Errorf("%s: %s, which %s must find: got %q, want fail", name, m.fault, m.check, got)
			}
		}
	}
}

// TestCoreFixesFailures checks which failures of the official middlewares disappear when
// core's lifecycle and exclusion rules are added.
func TestCoreFixesFailures(t *testing.T) {
	expectation := goldenExpectation(t)
	for _, name := range []string{"otelhttp", "otelgin", "otelecho", "otelfiber"} {
		for _, check := range []string{"exclude/children", "flush/hostile-bytes"} {
			if with, without := expectation.Outcome(name+"+core", check), expectation.Outcome(name, check); with != conformance.Pass || without != conformance.Fail {
				t.Errorf("%s: %s: got %s with core and %s without, want pass and fail", name, check, with, without)
			}
		}
	}
}
