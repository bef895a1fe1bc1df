// Package report writes reports of the suite side by side, with a row for each check and
// a column for each subject, as text, Markdown, JSON and JUnit. It also reads reports
// from JSON. The subpackage page writes HTML. Package report imports conformance, which
// defines the reports, and no other package of this module.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/samespan/samespan/conformance"
)

// Checks returns the checks that occur in any of the reports, in order of first
// appearance.
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

// countFailures counts the failures of a level.
func countFailures(report *conformance.Report, level conformance.Level) int {
	n := 0
	for i := range report.Results {
		if r := &report.Results[i]; r.Outcome == conformance.Fail && r.Check.Level == level {
			n++
		}
	}
	return n
}

// failureHeadings are the headings of the columns that count failures by level.
var failureHeadings = map[conformance.Level]string{
	conformance.Requirement: "FAIL of a requirement",
	conformance.Choice:      "of a choice",
}

// levels are the levels in the order in which reports list them.
var levels = []conformance.Level{conformance.Requirement, conformance.Choice}

// outcomeWords maps outcomes to the words that stand for them in cells.
var outcomeWords = map[conformance.Outcome]string{
	conformance.Pass:          "ok",
	conformance.KnownFailure:  "known",
	conformance.NotApplicable: "n/a",
	conformance.Fail:          "FAIL",
	conformance.Error:         "ERROR",
	"":                        "",
}

// JSON writes the reports as a JSON list, including their evidence.
func JSON(w io.Writer, reports []conformance.Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if reports == nil {
		reports = []conformance.Report{}
	}
	return encoder.Encode(reports)
}

// Read reads a list of reports, as written by [JSON], or a single report.
func Read(r io.Reader) ([]conformance.Report, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		var single conformance.Report
		err := json.Unmarshal(data, &single)
		return []conformance.Report{single}, err
	}
	var reports []conformance.Report
	if err := json.Unmarshal(data, &reports); err != nil {
		return nil, fmt.Errorf("decode a list of reports: %w", err)
	}
	return reports, nil
}

// Distinguish appends the date of the report, and a number if necessary, to the names of
// subjects that occur more than once.
func Distinguish(reports []conformance.Report) {
	count := make(map[string]int)
	for i := range reports {
		count[reports[i].Subject.Name]++
	}
	usedNames := make(map[string]bool)
	for i := range reports {
		subject := &reports[i].Subject
		name := subject.Name
		if count[name] > 1 && !reports[i].Started.IsZero() {
			name += " " + reports[i].Started.UTC().Format("2006-01-02")
		}
		subject.Name = name
		for n := 2; usedNames[subject.Name]; n++ {
			subject.Name = fmt.Sprintf("%s (%d)", name, n)
		}
		usedNames[subject.Name] = true
	}
}
