// Package matrix runs the suite on several subjects and shows, side by side,
// how each check ended: a row a check, a column a subject.
package matrix

import (
	"slices"

	"github.com/samespan/samespan/conformance"
)

// checks returns the checks of all reports, in the order of the first that has
// each.
func checks(reports []conformance.Report) []conformance.Check {
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

// outcome returns how a check ended in a report, "" if it was not run.
func outcome(report *conformance.Report, id string) conformance.Outcome {
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
