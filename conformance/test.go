package conformance

import (
	"context"
	"fmt"
	"strings"
)

// TB is the part of *testing.T that [Test] needs. With it, programs that use the suite do
// not link package testing. It will not get more methods.
type TB interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Test calls [Run] and reports the result of each check as a subtest, named by the check's
// id:
//
//	conformance.Test(t, t.Run, subject)
func Test[T TB](t T, run func(name string, f func(T)) bool, subject Subject, options ...Option) {
	t.Helper()
	report, err := Run(t.Context(), subject, options...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for i := range report.Results {
		result := &report.Results[i]
		run(result.Check.ID, func(t T) {
			t.Helper()
			switch result.Outcome {
			case Fail, Error:
				t.Errorf("%s", result.Text(report.Subject.Name))
			case KnownFailure:
				t.Logf("%s: %s", result.Outcome, result.Reason)
			case NotApplicable:
				t.Skipf("%s: %s", result.Outcome, result.Reason)
			case Pass:
			}
		})
	}
}

// Text returns the result in readable form: subject, check, got and want, the rule, its
// source and level and, for a failure, where to look for the cause.
func (r *Result) Text(subject string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s", subject, r.Check.ID, r.Outcome)
	if r.Reason != "" {
		fmt.Fprintf(&b, ": %s", r.Reason)
	}
	for _, problem := range r.Problems {
		fmt.Fprintf(&b, "\n    %s", problem)
	}
	fmt.Fprintf(&b, "\n    rule: %s\n    source: %s", r.Check.Rule, r.Check.Source)
	if r.Check.Level != "" {
		fmt.Fprintf(&b, "\n    level: %s", r.Check.Level)
	}
	if r.Check.Hint != "" && (r.Outcome == Fail || r.Outcome == KnownFailure) {
		fmt.Fprintf(&b, "\n    hint: %s", r.Check.Hint)
	}
	if r.Check.Help != "" && r.Outcome != Pass {
		fmt.Fprintf(&b, "\n    help: %s", r.Check.Help)
	}
	return b.String()
}
