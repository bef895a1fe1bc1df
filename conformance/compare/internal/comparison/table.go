package comparison

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/internal/repository"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// outcomeSymbols are the symbols for outcomes in cells.
var outcomeSymbols = map[conformance.Outcome]string{
	conformance.Pass: "✓", conformance.Fail: "✗", conformance.NotApplicable: "–", conformance.KnownFailure: "(✗)",
}

// exceptionalHeadings has the headings of frameworks whose initial is already the heading of
// another framework.
var exceptionalHeadings = map[string]string{"gorilla/mux": "m", "Express": "js"}

// columnHeading returns a short column heading for a subject: the framework's initial,
// followed by the number at the end of the subject's name, such as the 3 of fiber3. The
// initial is in lower case for an official middleware. The heading ends with a plus if the
// official middleware is combined with this project's core.
func columnHeading(s *subject.Subject) string {
	h := cmp.Or(exceptionalHeadings[s.Framework], s.Framework[:1])
	if s.Upstream {
		h = strings.ToLower(h)
	} else {
		h = strings.ToUpper(h)
	}
	h += s.Name[len(strings.TrimRight(s.Name, "0123456789")):]
	if strings.HasSuffix(s.Name, coreSuffix) {
		h += "+"
	}
	return h
}

// formatCode formats a name as inline code.
func formatCode(s string) string { return "`" + s + "`" }

// writeRow writes a row of a table.
func writeRow(w io.Writer, cells ...string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

// writeSubjects writes the table of subjects. The row of a subject has the number of checks
// with each outcome.
func writeSubjects(w io.Writer, golden *matrix.Expectation, subjects []subject.Subject) {
	writeRow(w, "column", "subject", "framework", "instrumentation", outcomeSymbols[conformance.Pass],
		outcomeSymbols[conformance.Fail]+" of a requirement", outcomeSymbols[conformance.Fail]+" of a choice", outcomeSymbols[conformance.NotApplicable])
	writeRow(w, ":-:", "---", "---", "---", "--:", "--:", "--:", "--:")
	levels := levelsByCheck()
	for i := range subjects {
		s := &subjects[i]
		framework := s.Framework
		if s.Framework != "net/http" { // net/http has the version of Go
			framework = withReleaseDate(s.Framework, s.Version)
		}
		instrumentation := "this project's"
		switch {
		case strings.HasSuffix(s.Name, coreSuffix):
			instrumentation = withReleaseDate(strings.TrimSuffix(s.Name, coreSuffix), s.InstrumentationVersion) + ", with this project's `core`"
		case s.Framework == "Express":
			instrumentation = "OpenTelemetry's instrumentation of " + withReleaseDate("http", s.InstrumentationVersion)
		case s.Upstream:
			instrumentation = withReleaseDate(s.Name, s.InstrumentationVersion)
		}
		every := func(string) bool { return true }
		writeRow(w, "**"+columnHeading(s)+"**", formatCode(s.Name), framework, instrumentation,
			formatOutcomeCount(golden, s.Name, conformance.Pass, every),
			formatOutcomeCount(golden, s.Name, conformance.Fail, func(check string) bool { return levels[check] == conformance.Requirement }),
			formatOutcomeCount(golden, s.Name, conformance.Fail, func(check string) bool { return levels[check] == conformance.Choice }),
			formatOutcomeCount(golden, s.Name, conformance.NotApplicable, every))
	}
}

// levelsByCheck returns the levels of the checks by their ids.
func levelsByCheck() map[string]conformance.Level {
	levels := make(map[string]conformance.Level)
	for _, c := range conformance.Checks() {
		levels[c.ID] = c.Level
	}
	return levels
}

// recordedSubjectHeading is the column heading of recordedSubject.
const recordedSubjectHeading = "py"

// writeRecordedRow writes the row of recordedSubject in the table of writeSubjects. record has
// its outcomes, which come from an earlier run.
func writeRecordedRow(w io.Writer, record map[string]conformance.Outcome) {
	levels := levelsByCheck()
	n := make(map[string]int)
	for check, outcome := range record {
		if _, exists := levels[check]; exists {
			n[string(outcome)+string(levels[check])]++
		}
	}
	count := func(outcome conformance.Outcome, levels ...conformance.Level) string {
		total := 0
		for _, level := range levels {
			total += n[string(outcome)+string(level)]
		}
		return fmt.Sprint(total)
	}
	writeRow(w, "**"+recordedSubjectHeading+"**", formatCode(recordedSubject), "FastAPI 0.115", "opentelemetry-python 1.44.0, contrib 0.65b0; recorded on 2026-11-23",
		count(conformance.Pass, conformance.Requirement, conformance.Choice),
		count(conformance.Fail, conformance.Requirement), count(conformance.Fail, conformance.Choice),
		count(conformance.NotApplicable, conformance.Requirement, conformance.Choice))
}

// formatOutcomeCount returns how many of the checks for which the function wanted returns true
// have the outcome, formatted for a cell.
func formatOutcomeCount(golden *matrix.Expectation, name string, outcome conformance.Outcome, wanted func(check string) bool) string {
	n := 0
	for _, check := range golden.Checks() {
		if golden.Outcome(name, check) == outcome && wanted(check) {
			n++
		}
	}
	return fmt.Sprint(n)
}

// writeMatrix writes the outcomes, in one table for each area of the checks.
func writeMatrix(w io.Writer, golden *matrix.Expectation, subjects []subject.Subject, record map[string]conformance.Outcome) {
	heads, rule := []string{"check"}, []string{"---"}
	for i := range subjects {
		heads, rule = append(heads, columnHeading(&subjects[i])), append(rule, ":-:")
	}
	heads, rule = append(heads, recordedSubjectHeading), append(rule, ":-:")
	for _, area := range conformance.Areas() {
		fmt.Fprintf(w, "\n### [%s](CHECKS.md#%s): %s\n\n", area.Name, repository.Slug(area.Name+": "+area.Title), area.Title)
		writeRow(w, heads...)
		writeRow(w, rule...)
		for _, check := range golden.Checks() {
			if !strings.HasPrefix(check, area.Name+"/") {
				continue
			}
			cells := []string{formatCode(check)}
			for i := range subjects {
				cells = append(cells, outcomeSymbols[golden.Outcome(subjects[i].Name, check)])
			}
			writeRow(w, append(cells, outcomeSymbols[record[check]])...)
		}
	}
}

// writeReasons writes a collapsed section for each official middleware. The section has the
// reasons for the failures, and describes how core changes the outcomes.
func writeReasons(w io.Writer, golden *matrix.Expectation, subjects []subject.Subject) {
	for i := range subjects {
		name := subjects[i].Name
		if !subjects[i].Official {
			continue
		}
		fmt.Fprintf(w, "\n<details><summary><code>%s</code> %s fails %s of %d checks</summary>\n\n", name, subjects[i].InstrumentationVersion,
			formatOutcomeCount(golden, name, conformance.Fail, func(string) bool { return true }), len(golden.Checks()))
		writeRow(w, "check", "what the suite saw")
		writeRow(w, "---", "---")
		for _, check := range golden.Checks() {
			if golden.Outcome(name, check) == conformance.Fail {
				writeRow(w, formatCode(check), reasonsFor(facts, name, check)[0])
			}
		}
		if slices.Contains(golden.Subjects(), name+coreSuffix) {
			fmt.Fprintf(w, "\n%s\n", describeCoreEffect(golden, name))
		}
		fmt.Fprint(w, "\n</details>\n")
	}
}

// describeCoreEffect describes how core changes the outcomes of an official middleware.
func describeCoreEffect(golden *matrix.Expectation, name string) string {
	var passed, broken []string
	added := 0
	for _, check := range golden.Checks() {
		switch without, with := golden.Outcome(name, check), golden.Outcome(name+coreSuffix, check); {
		case with == conformance.Fail && without != conformance.Fail:
			broken = append(broken, formatCode(check)+": "+strings.TrimSuffix(reasonsFor(facts, name+coreSuffix, check)[0], "."))
		case with == conformance.Pass && without == conformance.Fail:
			passed = append(passed, formatCode(check))
		case with == conformance.Pass && without == conformance.NotApplicable:
			added++
		}
	}
	sentence := fmt.Sprintf("With this project's `core` (subject %s), the middleware also passes %s. In addition, it passes %d checks that are not applicable without `core`.", formatCode(name+coreSuffix), joinWords(passed), added)
	if len(broken) > 0 {
		sentence += " With `core`, it also fails " + strings.Join(broken, ", and ") + "."
	}
	return sentence
}

// joinWords joins words with commas and "and". Without words it returns "none of these
// checks".
func joinWords(words []string) string {
	switch last := len(words) - 1; {
	case last < 0:
		return "none of these checks"
	case last == 0:
		return words[0]
	default:
		return strings.Join(words[:last], ", ") + " and " + words[last]
	}
}

// writeGaps writes the known limitations.
func writeGaps(w io.Writer) {
	writeRow(w, "where", "what is open", "see")
	writeRow(w, "---", "---", "---")
	for _, g := range gaps {
		see := formatCode(g.proof)
		if strings.Contains(g.proof, "/") {
			see = fmt.Sprintf("[%s](%s)", formatCode(path.Base(g.proof)), relativeLink(g.proof))
		}
		writeRow(w, g.where, g.description, see)
	}
}

// relativeLink returns the link from conformance/README.md to a path of the
// repository.
func relativeLink(file string) string {
	if below, ok := strings.CutPrefix(file, "conformance/"); ok {
		return below
	}
	return "../" + file
}
