package page

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
)

// maxFittingColumns is how many columns fit on a common screen. A wider matrix scrolls.
const maxFittingColumns = 14

// view is the data of the template page.html.
type view struct {
	Policy   string
	Style    template.CSS
	Script   template.JS
	Started  string
	Wide     bool
	Subjects []subject
	Areas    []area
	Outcomes []outcomeCount
	Levels   []outcomeCount
	Problems []problemList
	Known    []knownFailure
	Checks   int
}

// outcomeCount is an outcome with its icon and its count.
type outcomeCount struct {
	Outcome conformance.Outcome
	// Sign is the name of the outcome's icon and style.
	Sign  string
	Count int
}

// subject is a column of the matrix.
type subject struct {
	Index           int
	Name            string
	Framework       string
	Instrumentation string
	Full            string         // the full path of the instrumentation
	Marks           []outcomeCount // number of checks with each outcome
	Passed, Applied int            // number of checks that pass, and that apply
	Data            []cellData
}

// area is a group of rows of the matrix.
type area struct {
	Name, Title string
	Rows        []row
	Summaries   []summary
}

// row is a check, with a cell for each subject.
type row struct {
	ID, Name, Rule, Level string
	Cells                 []cell
}

// cell is the outcome of a check for one subject.
type cell struct {
	Subject int
	Name    string
	outcomeCount
}

// summary has a subject's results in one area. It is shown while the area is collapsed.
type summary struct {
	Subject         int
	Name            string
	Marks           []outcomeCount // number of checks with each outcome
	Passed, Applied int            // number of checks that pass, and that apply
}

// knownFailure is a reason for known failures, with the subjects and checks that it applies
// to.
type knownFailure struct {
	Reason string
	On     []failingSubject
}

// failingSubject is a subject with the ids of its failing checks.
type failingSubject struct {
	Subject string
	Checks  []string
}

// outcomeIcons maps outcomes to the names of their icons.
var outcomeIcons = map[conformance.Outcome]string{
	conformance.Pass:          "pass",
	conformance.KnownFailure:  "known",
	conformance.NotApplicable: "none",
	conformance.Fail:          "fail",
	conformance.Error:         "error",
	"":                        "empty",
}

// barOrder is the order of outcomes in a bar.
var barOrder = []conformance.Outcome{conformance.Pass, conformance.KnownFailure, conformance.Fail, conformance.Error, conformance.NotApplicable}

func newView(reports []conformance.Report) *view {
	v := &view{Wide: len(reports) > maxFittingColumns}
	for _, o := range conformance.Outcomes() {
		m := outcomeCount{Outcome: o, Sign: outcomeIcons[o]}
		for i := range reports {
			m.Count += reports[i].Count(o)
		}
		v.Outcomes = append(v.Outcomes, m)
	}
	for i := range reports {
		if started := reports[i].Started; !started.IsZero() && v.Started == "" {
			v.Started = started.UTC().Format("2 January 2006, 15:04 UTC")
		}
		v.Subjects = append(v.Subjects, newSubject(i, &reports[i]))
	}
	v.Levels = failuresByLevel(reports)
	v.Problems = subjectProblems(reports)
	v.Known = knownFailures(reports)
	v.Areas = groupByArea(reports)
	for _, a := range v.Areas {
		v.Checks += len(a.Rows)
	}
	return v
}

func newSubject(index int, report *conformance.Report) subject {
	info := report.Subject
	s := subject{
		Index: index, Name: escapeInvisible(info.Name),
		Framework:       escapeInvisible(nameWithVersion(info.Framework, info.FrameworkVersion)),
		Instrumentation: escapeInvisible(nameWithVersion(moduleName(info.Instrumentation), info.InstrumentationVersion)),
		Full:            escapeInvisible(nameWithVersion(info.Instrumentation, info.InstrumentationVersion)),
	}
	s.Marks, s.Passed, s.Applied = countOutcomes(report.Results)
	for i := range report.Results {
		s.Data = append(s.Data, newCellData(&report.Results[i]))
	}
	return s
}

// countOutcomes counts the outcomes. applied is the number of checks that apply, and
// passed the number of those that pass.
func countOutcomes(results []conformance.Result) (marks []outcomeCount, passed, applied int) {
	for _, o := range barOrder {
		m := outcomeCount{Outcome: o, Sign: outcomeIcons[o]}
		for i := range results {
			if results[i].Outcome == o {
				m.Count++
			}
		}
		if o == conformance.Pass {
			passed = m.Count
		}
		if o != conformance.NotApplicable {
			applied += m.Count
		}
		marks = append(marks, m)
	}
	return marks, passed, applied
}

// groupByArea groups the checks of all reports by area: first the suite's areas in their
// order, then others in order of appearance.
func groupByArea(reports []conformance.Report) []area {
	var found []area
	for _, a := range conformance.Areas() {
		found = append(found, area{Name: a.Name, Title: a.Title})
	}
	for i := range reports {
		for j := range reports[i].Results {
			found = addRow(found, reports[i].Results[j].Check)
		}
	}
	found = slices.DeleteFunc(found, func(a area) bool { return len(a.Rows) == 0 })
	for i := range found {
		fillRows(&found[i], reports)
	}
	return found
}

// addRow adds a row for the check to its area, unless the area already has that row. If
// areas does not contain the area, addRow first adds the area.
func addRow(areas []area, c conformance.Check) []area {
	name, rest, _ := strings.Cut(c.ID, "/")
	at := slices.IndexFunc(areas, func(a area) bool { return a.Name == name })
	if at < 0 {
		at = len(areas)
		areas = append(areas, area{Name: name})
	}
	if !slices.ContainsFunc(areas[at].Rows, func(r row) bool { return r.ID == c.ID }) {
		areas[at].Rows = append(areas[at].Rows, row{ID: c.ID, Name: rest, Rule: escapeInvisible(c.Rule), Level: escapeInvisible(string(c.Level))})
	}
	return areas
}

// fillRows adds to the area the cells of its rows, and a summary for each report.
func fillRows(a *area, reports []conformance.Report) {
	for i := range reports {
		name := escapeInvisible(reports[i].Subject.Name)
		var results []conformance.Result
		for j := range a.Rows {
			c := cell{Subject: i, Name: name, outcomeCount: outcomeCount{Outcome: "not run", Sign: outcomeIcons[""]}}
			for k := range reports[i].Results {
				if result := &reports[i].Results[k]; result.Check.ID == a.Rows[j].ID {
					c.outcomeCount = outcomeCount{Outcome: result.Outcome, Sign: outcomeIcons[result.Outcome]}
					results = append(results, *result)
				}
			}
			a.Rows[j].Cells = append(a.Rows[j].Cells, c)
		}
		s := summary{Subject: i, Name: name}
		s.Marks, s.Passed, s.Applied = countOutcomes(results)
		a.Summaries = append(a.Summaries, s)
	}
}

// knownFailures returns the known failures of all subjects, grouped by reason.
func knownFailures(reports []conformance.Report) []knownFailure {
	var found []knownFailure
	for i := range reports {
		subject := escapeInvisible(reports[i].Subject.Name)
		for j := range reports[i].Results {
			result := &reports[i].Results[j]
			if result.Outcome != conformance.KnownFailure {
				continue
			}
			reason := escapeInvisible(result.Reason)
			at := slices.IndexFunc(found, func(k knownFailure) bool { return k.Reason == reason })
			if at < 0 {
				at = len(found)
				found = append(found, knownFailure{Reason: reason})
			}
			on := &found[at].On
			if len(*on) == 0 || (*on)[len(*on)-1].Subject != subject {
				*on = append(*on, failingSubject{Subject: subject})
			}
			(*on)[len(*on)-1].Checks = append((*on)[len(*on)-1].Checks, result.Check.ID)
		}
	}
	return found
}

func nameWithVersion(name, version string) string {
	return strings.TrimSpace(name + " " + version)
}

// moduleName returns the last element of a module path, without a major version such as
// /v2.
func moduleName(module string) string {
	elements := strings.Split(module, "/")
	last := elements[len(elements)-1]
	if len(elements) > 1 && majorVersion.MatchString(last) {
		last = elements[len(elements)-2]
	}
	return last
}

var majorVersion = regexp.MustCompile(`^v\d+$`)

// Text returns the summary as text for screen readers: "12 of 14 pass, 2 fail".
func (s summary) Text() string {
	text := fmt.Sprintf("%d of %d pass", s.Passed, s.Applied)
	if s.Applied == 0 {
		text = "no check applies"
	}
	for _, m := range s.Marks {
		if m.Count > 0 && m.Outcome != conformance.Pass {
			text += fmt.Sprintf(", %d %s", m.Count, m.Outcome)
		}
	}
	return text
}

// Worst returns the most severe outcome, which is shown for a collapsed area.
func (s summary) Worst() outcomeCount {
	for _, m := range slices.Backward(s.Marks) {
		if m.Count > 0 && m.Outcome != conformance.NotApplicable {
			return m
		}
	}
	return outcomeCount{Outcome: conformance.NotApplicable, Sign: outcomeIcons[conformance.NotApplicable]}
}
