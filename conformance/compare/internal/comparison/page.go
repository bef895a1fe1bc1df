package comparison

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"text/template"

	"github.com/samespan/samespan/conformance/compare/internal/bench"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// pageTemplate is the template of conformance/README.md.
//
//go:embed page.tmpl
var pageTemplate string

// pageData is the data for pageTemplate.
type pageData struct {
	Checks   int
	Subjects int
	Official []subject.Subject
	Modes    []bench.Mode
	Machine  bench.Machine
	// The page's tables, as Markdown.
	Columns, Matrix, Reasons, Costs, Gaps string
}

// Write writes the page from the golden matrix and a benchmark result. It returns an
// error if the reason for a failure is missing, or if there is a reason for a check that
// does not fail.
func Write(w io.Writer, golden *matrix.Expectation, measured *bench.Result) error {
	if err := checkFacts(golden, facts); err != nil {
		return err
	}
	subjects := subject.Compared()
	if err := checkVersions(subjects, verifiedVersions); err != nil {
		return err
	}
	for i := range subjects {
		for _, check := range golden.Checks() {
			if o := golden.Outcome(subjects[i].Name, check); outcomeSymbols[o] == "" {
				return fmt.Errorf("comparison: the outcome of %s on %s is %q, want pass, fail, known failure or not applicable", check, subjects[i].Name, o)
			}
		}
	}
	v := pageData{Checks: len(golden.Checks()), Subjects: len(subjects), Modes: bench.Modes, Machine: measured.Machine}
	for i := range subjects {
		if subjects[i].Official {
			v.Official = append(v.Official, subjects[i])
		}
	}
	record, err := recordedOutcomes()
	if err != nil {
		return err
	}
	v.Columns = outputOf(func(w io.Writer) {
		writeSubjects(w, golden, subjects)
		writeRecordedRow(w, record)
	})
	v.Matrix = outputOf(func(w io.Writer) { writeMatrix(w, golden, subjects, record) })
	v.Reasons = outputOf(func(w io.Writer) { writeReasons(w, golden, subjects) })
	v.Costs = outputOf(func(w io.Writer) { bench.WriteMarkdown(w, measured) })
	v.Gaps = outputOf(writeGaps)
	page, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return err
	}
	return page.Execute(w, v)
}

// outputOf returns what the function write writes, without leading and trailing blank lines.
func outputOf(write func(io.Writer)) string {
	var b bytes.Buffer
	write(&b)
	return string(bytes.TrimSpace(b.Bytes()))
}
