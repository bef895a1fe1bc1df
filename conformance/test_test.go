package conformance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
)

// recordingTB is a conformance.TB that records its calls. Like package testing, it ends a
// subtest at Fatalf and Skipf.
type recordingTB struct {
	ctx                                     context.Context
	skipText, errorText, fatalText, logText string
}

// endOfTest is the panic value of Skipf and Fatalf.
type endOfTest struct{}

func (r *recordingTB) Helper()                           {}
func (r *recordingTB) Context() context.Context          { return r.ctx }
func (r *recordingTB) Errorf(format string, args ...any) { r.errorText += fmt.Sprintf(format, args...) }
func (r *recordingTB) Logf(format string, args ...any)   { r.logText += fmt.Sprintf(format, args...) }
func (r *recordingTB) Fatalf(format string, args ...any) {
	r.fatalText = fmt.Sprintf(format, args...)
	panic(endOfTest{})
}

func (r *recordingTB) Skipf(format string, args ...any) {
	r.skipText = fmt.Sprintf(format, args...)
	panic(endOfTest{})
}

// run runs f until it returns, or calls Skipf or Fatalf.
func (r *recordingTB) run(f func(*recordingTB)) {
	defer func() {
		if value := recover(); value != nil && value != any(endOfTest{}) {
			panic(value)
		}
	}()
	f(r)
}

// runSuite runs the suite like go test and returns the subtests by name, and the test
// around them.
func runSuite(t *testing.T, subject conformance.Subject, options ...conformance.Option) (subtests map[string]*recordingTB, outer *recordingTB) {
	t.Helper()
	subtests = make(map[string]*recordingTB)
	outer = &recordingTB{ctx: t.Context()}
	outer.run(func(r *recordingTB) {
		conformance.Test(r, func(name string, f func(*recordingTB)) bool {
			subtests[name] = &recordingTB{ctx: t.Context()}
			subtests[name].run(f)
			return subtests[name].errorText == ""
		}, subject, options...)
	})
	return subtests, outer
}

// TestTestSkipsInapplicableChecks checks the outcomes of subtests: a check that does not
// apply is skipped with its reason, and a check that the suite cannot decide fails.
func TestTestSkipsInapplicableChecks(t *testing.T) {
	t.Parallel() // mostly waits for telemetry that the service does not export
	subject := conformance.Subject{
		Name: "hello", Starter: conformance.InProcess(servicetest.Hello),
		Skip: map[string]string{"parent/*": "in the gateway"},
	}
	found, outer := runSuite(t, subject, conformance.WithChecks("parent/root", "span/method-other", "span/scope"))
	if outer.errorText+outer.fatalText+outer.skipText != "" || len(found) != 3 {
		t.Fatalf("got %d subtests and the outer test %+v, want three, and nothing else said", len(found), outer)
	}
	for id, want := range map[string]string{
		"parent/root":       "not applicable: skipped: in the gateway",
		"span/method-other": "not applicable: the subject does not have: [unknown methods]",
	} {
		if got := found[id]; got.skipText != want || got.errorText != "" {
			t.Errorf("%s: got it skipped with %q and failed with %q, want it skipped with %q", id, got.skipText, got.errorText, want)
		}
	}
	if got := found["span/scope"]; got.skipText != "" || !strings.Contains(got.errorText, "hello: span/scope: error") || !strings.Contains(got.errorText, "level: requirement") {
		t.Errorf("span/scope: got it skipped with %q and failed with %q, want a failure that says what and which level", got.skipText, got.errorText)
	}
}

// TestTestFailsForInvalidSubject checks that an invalid subject makes the test itself fail,
// without subtests.
func TestTestFailsForInvalidSubject(t *testing.T) {
	found, outer := runSuite(t, conformance.Subject{Name: "nothing"})
	if len(found) != 0 || !strings.Contains(outer.fatalText, "has no Starter") {
		t.Errorf("got %d subtests and %q, want none and the reason", len(found), outer.fatalText)
	}
}

// TestTextHasHintOnlyForFailures checks that the text of a failure has a hint, and that
// the text of other results has none.
func TestTextHasHintOnlyForFailures(t *testing.T) {
	check := conformance.Checks()[0]
	failed := conformance.Result{Check: check, Outcome: conformance.Fail, Problems: []conformance.Problem{{What: "parent", Got: "none", Want: "the caller"}}}
	text := failed.Text("shop")
	for _, want := range []string{"shop: " + check.ID + ": fail", "got none, want the caller", "rule: " + check.Rule, "source: " + check.Source, "level: requirement", "hint: " + check.Hint, "help: https://"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	passed := conformance.Result{Check: check, Outcome: conformance.Pass}
	if text := passed.Text("shop"); strings.Contains(text, "hint:") {
		t.Errorf("got a hint for what passes:\n%s", text)
	}
	// A report of an older version of the suite has no level, hint or help.
	older := conformance.Result{Check: conformance.Check{ID: "a/b", Rule: "R.", Source: "S"}, Outcome: conformance.Fail}
	if text := older.Text("shop"); strings.Contains(text, "hint:") || strings.Contains(text, "level:") || strings.Contains(text, "help:") {
		t.Errorf("got what is not known:\n%s", text)
	}
}
