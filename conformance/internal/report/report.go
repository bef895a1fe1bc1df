// Package report writes reports of the suite, side by side: a row a check, a column
// a subject, as text, Markdown, JSON and JUnit, and reads them back from JSON. The
// page is in the package page below it. It imports conformance.
package report

import (
	"slices"

	"github.com/samespan/samespan/conformance"
)

// Checks returns the checks of all reports, in the order of the first that has
// each.
func Checks(reports []conformance.Report) []conformance.Check {
	var found []conformance.Check
	for i := range reports {
		for _, result := range reports[i].Results {
			known := func(c conformance.Check) bool { return c.ID == result.Check.ID }
			if !slices.ContainsFunc(found, known) {
				found = append(found, result.Check)
			}
		}
	}
	return found
}

// Outcome returns how a check ended in a report, "" if it was not run.
func Outcome(report *conformance.Report, id string) conformance.Outcome {
	for i := range report.Results {
		if report.Results[i].Check.ID == id {
			return report.Results[i].Outcome
		}
	}
	return ""
}

// words are the outcomes as cells show them.
var words = map[conformance.Outcome]string{
	conformance.Pass:          "ok",
	conformance.KnownFailure:  "known",
	conformance.NotApplicable: "n/a",
	conformance.Fail:          "FAIL",
	conformance.Error:         "ERROR",
	"":                        "",
}
