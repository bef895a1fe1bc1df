package conformance

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
	// NotApplicable says: the check needs what the subject declares not to have.
	NotApplicable Outcome = "not applicable"
	// Error says: the suite could not tell, because the subject did not start or
	// does not keep the contract, or the suite itself is at fault.
	Error Outcome = "error"
)

// Outcomes are all outcomes, the best first.
var Outcomes = []Outcome{Pass, KnownFailure, NotApplicable, Fail, Error}

// Problem is one way in which a rule is broken.
type Problem struct {
	// What was looked at.
	What string `json:"what"`
	Got  string `json:"got"`
	Want string `json:"want"`
}

func (p Problem) String() string { return p.What + ": got " + p.Got + ", want " + p.Want }
