package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/samespan/samespan/conformance/internal/probe"
)

// Report is the result of the suite for one subject.
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

// Result is the result of one check.
type Result struct {
	Check   Check   `json:"check"`
	Outcome Outcome `json:"outcome"`
	// Reason explains the outcomes "known failure", "not applicable" and "error".
	Reason   string    `json:"reason,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
	Evidence Evidence  `json:"evidence"`
	Duration Duration  `json:"duration_ms"`
}

// Duration is a time.Duration whose JSON form is a number of milliseconds.
type Duration time.Duration

// String returns the duration in the format of time.Duration.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d)/float64(time.Millisecond), 'f', 3, 64), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var milliseconds float64
	if err := json.Unmarshal(data, &milliseconds); err != nil {
		return err
	}
	*d = Duration(math.Round(milliseconds * float64(time.Millisecond)))
	return nil
}

// UnmarshalJSON implements json.Unmarshaler. It reads the output of json.Marshal. In a
// report of an older version, checks have no level; they get the level of the current
// check with the same id.
func (r *Report) UnmarshalJSON(data []byte) error {
	type plain Report // has no UnmarshalJSON
	var read plain
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("conformance: report: %w", err)
	}
	if read.Subject.Name == "" {
		return errors.New("conformance: report: the subject has no name")
	}
	levels := make(map[string]Level)
	for _, c := range Checks() {
		levels[c.ID] = c.Level
	}
	for i := range read.Results {
		result := &read.Results[i]
		if !slices.Contains(Outcomes(), result.Outcome) {
			return fmt.Errorf("conformance: report of %s: %s: unknown outcome %q, want one of %q", read.Subject.Name, result.Check.ID, result.Outcome, Outcomes())
		}
		if result.Check.Level == "" {
			result.Check.Level = levels[result.Check.ID]
		}
	}
	*r = Report(read)
	return nil
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

// OK reports whether there is no failure and no error.
func (r *Report) OK() bool { return r.Count(Fail) == 0 && r.Count(Error) == 0 }

// newResult returns the result of a check from what the check has found. known is the
// reason why the check is known to fail, or "".
func newResult(c Check, found *probe.Found, known string) Result {
	result := Result{Check: c, Evidence: newEvidence(&found.Evidence)}
	for _, p := range found.Problems {
		result.Problems = append(result.Problems, Problem(p))
	}
	result.setOutcome(found, known)
	return result
}
