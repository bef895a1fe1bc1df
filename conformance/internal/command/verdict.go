package command

import (
	"fmt"
	"io"

	"github.com/samespan/samespan/conformance"
)

// Exit statuses of commands that check subjects.
const (
	// ExitUnexpected means that a check had an unexpected result.
	ExitUnexpected = 1
	// ExitSuite means that the suite could not decide a check.
	ExitSuite = 2
)

// ExitError is an error that ends the program with a specific exit status.
type ExitError struct {
	Err  error
	Code int
}

func (e ExitError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e ExitError) Unwrap() error { return e.Err }

// NoFailure is a function to pass to [Verdict] if no failures are expected. It describes a
// result with the outcome "fail" or "error", and returns "" for any other result.
func NoFailure(subject string, result *conformance.Result) string {
	if result.Outcome != conformance.Fail && result.Outcome != conformance.Error {
		return ""
	}
	return fmt.Sprintf("%s: %s: got %s, want no failure", subject, result.Check.ID, result.Outcome)
}

// Verdict calls difference for each result; difference returns a description if the
// result is unexpected, otherwise "". Verdict writes the descriptions to w, and returns
// nil if there are none.
func Verdict(w io.Writer, reports []conformance.Report, difference func(subject string, result *conformance.Result) string) error {
	unexpected, undecided := 0, 0
	for i := range reports {
		report := &reports[i]
		for j := range report.Results {
			result := &report.Results[j]
			if result.Outcome == conformance.Error {
				undecided++
			}
			text := difference(report.Subject.Name, result)
			if text == "" {
				continue
			}
			unexpected++
			fmt.Fprintf(w, "\n%s\n", text)
			if result.Outcome == conformance.Fail || result.Outcome == conformance.Error {
				fmt.Fprintln(w, result.Text(report.Subject.Name))
			}
		}
	}
	switch {
	case undecided > 0:
		return ExitError{fmt.Errorf("the suite could not evaluate %d checks", undecided), ExitSuite}
	case unexpected > 0:
		return ExitError{fmt.Errorf("%d checks have an unexpected result", unexpected), ExitUnexpected}
	default:
		return nil
	}
}
