// Package matrix compares reports with the golden matrix of expected outcomes.
package matrix

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/report"
)

// Expectation is the content of a golden matrix: the expected outcome of every check on
// every subject.
type Expectation struct {
	subjects []string // names, in the order of the columns
	checks   []string // IDs, in the order of the rows
	outcomes map[matrixCell]conformance.Outcome
}

// matrixCell is the place of an outcome: the name of a subject and the ID of a check.
type matrixCell struct{ subject, check string }

// goldenOutcomes maps the words in the golden file to outcomes.
var goldenOutcomes = map[string]conformance.Outcome{
	"pass": conformance.Pass, "FAIL": conformance.Fail, "known": conformance.KnownFailure, "n/a": conformance.NotApplicable, "ERROR": conformance.Error,
}

// Expect parses a golden matrix. The first line is the word "check" and the subjects, and
// each further line a check and its outcomes, separated by spaces.
func Expect(r io.Reader) (*Expectation, error) {
	e := &Expectation{outcomes: make(map[matrixCell]conformance.Outcome)}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case e.subjects == nil:
			if words[0] != "check" {
				return nil, fmt.Errorf("matrix: line %d: got %q, want \"check\" and the names of the subjects", number, lines.Text())
			}
			e.subjects = words[1:]
		case len(words) != len(e.subjects)+1:
			return nil, fmt.Errorf("matrix: line %d: got %d outcomes of %s, want %d", number, len(words)-1, words[0], len(e.subjects))
		default:
			e.checks = append(e.checks, words[0])
			for i, word := range words[1:] {
				o, ok := goldenOutcomes[word]
				if !ok {
					return nil, fmt.Errorf("matrix: line %d: unknown outcome %q, want pass, known, n/a, FAIL or ERROR", number, word)
				}
				e.outcomes[matrixCell{e.subjects[i], words[0]}] = o
			}
		}
	}
	return e, lines.Err()
}

// Subjects returns the names of the subjects in the order of the matrix.
func (e *Expectation) Subjects() []string { return e.subjects }

// Checks returns the IDs of the checks in the order of the matrix.
func (e *Expectation) Checks() []string { return e.checks }

// Outcome returns the expected outcome of the check on the subject, or "".
func (e *Expectation) Outcome(subject, check string) conformance.Outcome {
	return e.outcomes[matrixCell{subject, check}]
}

// Difference describes how the result differs from the expected outcome. It returns "" if it
// does not differ.
func (e *Expectation) Difference(subject string, result *conformance.Result) string {
	want := e.Outcome(subject, result.Check.ID)
	if result.Outcome == want {
		return ""
	}
	if want == "" {
		want = "no such check: the golden matrix does not have it"
	}
	return fmt.Sprintf("%s: %s: got %s, want %s", subject, result.Check.ID, result.Outcome, want)
}

// Golden writes the reports as a golden matrix, without timings or other values that vary
// between runs.
func Golden(w io.Writer, reports []conformance.Report) error {
	word := make(map[conformance.Outcome]string)
	for text, o := range goldenOutcomes {
		word[o] = text
	}
	header := []string{"check"}
	for i := range reports {
		header = append(header, reports[i].Subject.Name)
	}
	table := [][]string{header}
	for _, c := range report.Checks(reports) {
		row := []string{c.ID}
		for i := range reports {
			row = append(row, word[report.Outcome(&reports[i], c.ID)])
		}
		if slices.Contains(row, "") {
			return fmt.Errorf("matrix: %s was not run on every subject, so the matrix is incomplete and not written", c.ID)
		}
		table = append(table, row)
	}
	widths := make([]int, len(header))
	for _, row := range table {
		for i, text := range row {
			widths[i] = max(widths[i], len(text))
		}
	}
	b := bufio.NewWriter(w)
	for _, row := range table {
		line := ""
		for i, text := range row {
			line += fmt.Sprintf("%-*s  ", widths[i], text)
		}
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
	return b.Flush()
}
