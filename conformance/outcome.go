package conformance

import "github.com/samespan/samespan/conformance/internal/probe"

// Outcome is how a check ended on a subject.
type Outcome string

const (
	// Pass says: the subject keeps the rule.
	Pass Outcome = "pass"
	// Fail says: the subject breaks the rule.
	Fail Outcome = "fail"
	// KnownFailure says: the subject breaks the rule and declares so, with the
	// reason.
	KnownFailure Outcome = "known failure"
	// NotApplicable says: the check needs what the subject does not have.
	NotApplicable Outcome = "not applicable"
	// Error says: the suite could not tell, because the subject did not start or
	// does not keep the contract, or the suite itself is at fault.
	Error Outcome = "error"
)

// Outcomes returns all outcomes, the best first.
func Outcomes() []Outcome { return []Outcome{Pass, KnownFailure, NotApplicable, Fail, Error} }

// decide sets the outcome that follows from what a check has found; known says why
// the check is known to fail, "" if it is not.
func (r *Result) decide(found *probe.Found, known string) {
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
		r.Problems = []Problem{{What: "a known failure (" + known + ")", Got: "pass", Want: "that the subject no longer declares it"}}
	default:
		r.Outcome = Pass
	}
}
