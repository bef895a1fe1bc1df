package conformance

import "github.com/samespan/samespan/conformance/internal/probe"

// Outcome is how a check ended on a subject.
type Outcome string

const (
	// Pass means that the subject satisfies the rule.
	Pass Outcome = "pass"
	// Fail means that the subject violates the rule.
	Fail Outcome = "fail"
	// KnownFailure means that the subject violates the rule, and that the failure is
	// declared with a reason.
	KnownFailure Outcome = "known failure"
	// NotApplicable means that the check needs a capability or a route that the subject
	// does not have.
	NotApplicable Outcome = "not applicable"
	// Error means that the suite could not decide, because the subject did not start or
	// violates the contract, or because of an error in the suite itself.
	Error Outcome = "error"
)

// Outcomes returns all outcomes, from the best to the worst.
func Outcomes() []Outcome { return []Outcome{Pass, KnownFailure, NotApplicable, Fail, Error} }

// setOutcome sets the outcome from the result of a check. known is the reason why the check
// is known to fail, or "".
func (r *Result) setOutcome(found *probe.Found, known string) {
	switch {
	case found.NotApplicable != "":
		r.Outcome, r.Reason = NotApplicable, found.NotApplicable
	case found.Err != nil:
		r.Outcome, r.Reason = Error, found.Err.Error()
	case len(found.Problems) > 0 && known != "":
		r.Outcome, r.Reason = KnownFailure, known
	case len(found.Problems) > 0:
		r.Outcome = Fail
	case known != "":
		r.Outcome = Fail
		r.Problems = []Problem{{What: "a known failure (" + known + ")", Got: "pass", Want: "a failure: remove the check from the known failures"}}
	default:
		r.Outcome = Pass
	}
}
