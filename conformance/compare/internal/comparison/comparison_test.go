package comparison

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/internal/repository"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// parseExpectation parses the lines of a golden matrix.
func parseExpectation(t *testing.T, lines ...string) *matrix.Expectation {
	t.Helper()
	e, err := matrix.Expect(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEveryFailureNeedsOneFact(t *testing.T) {
	golden := parseExpectation(t, "check theirs ours theirs+core", "a/one FAIL pass FAIL", "a/two pass n/a FAIL")
	fact1, fact2 := fact{"a/one", "theirs", "One."}, fact{"a/two", "theirs+core", "Two."}
	tests := []struct {
		name  string
		facts []fact
		want  string
	}{
		{"a fact for each failure", []fact{fact1, fact2}, ""},
		{"no fact for a failure", []fact{fact2}, "theirs fails a/one, but no fact says why"},
		{"no fact for a failure with core", []fact{fact1}, "theirs+core fails a/two, but no fact says why"},
		{"two facts for a failure", []fact{fact1, fact1, fact2}, "2 facts about why theirs fails a/one"},
		{"fact about a check that passes", []fact{fact1, fact2, {"a/one", "ours", "Not so."}}, "why ours fails a/one, but that check does not fail"},
		{"fact about an unknown subject", []fact{fact1, fact2, {"a/one", "unknown", "Who?"}}, "unknown and a/one"},
		{"fact about an unknown check", []fact{fact1, fact2, {"a/none", "theirs", "What?"}}, "theirs and a/none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := checkFacts(golden, test.facts)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestFactsNeedTheComparedVersions checks that checkVersions returns an error if the facts
// were written for another version than the compared one.
func TestFactsNeedTheComparedVersions(t *testing.T) {
	subjects := []subject.Subject{{Name: "ours", InstrumentationVersion: "v1"}, {Name: "theirs", Official: true, InstrumentationVersion: "v2"}}
	if err := checkVersions(subjects, map[string]string{"theirs": "v2"}); err != nil {
		t.Error(err)
	}
	for _, versions := range []map[string]string{{"theirs": "v1"}, nil} {
		if err := checkVersions(subjects, versions); err == nil || !strings.Contains(err.Error(), "theirs") {
			t.Errorf("got %v for facts about %v", err, versions)
		}
	}
}

func TestColumnHeadingsDiffer(t *testing.T) {
	subjectOf := make(map[string]string)
	for _, s := range subject.Compared() {
		h := columnHeading(&s)
		if other, ok := subjectOf[h]; ok {
			t.Errorf("%s and %s both stand below %s", other, s.Name, h)
		}
		if len(h) > 2 {
			t.Errorf("got %q for %s, want two characters at most: all columns have to fit", h, s.Name)
		}
		subjectOf[h] = s.Name
	}
	if subjectOf["F3"] != "fiberotel/fiber3" || subjectOf["g+"] != "otelgin+core" || subjectOf["N"] != "nethttpotel" {
		t.Errorf("got %v", subjectOf)
	}
}

func TestDescribeChangesNamesChecks(t *testing.T) {
	// The last case needs a middleware that fails metric/cardinality when it is combined
	// with core, because only then does the variable facts have a reason.
	const theirs = "otelgin"
	tests := []struct {
		name    string
		outcome []string
		want    string
	}{
		{"no failure fixed", []string{"span/route pass n/a"}, "the middleware also passes none of these checks. In addition, it passes 0 checks that are not applicable without `core`."},
		{"one failure fixed", []string{"span/route FAIL pass", "flush/after n/a pass", "flush/sigterm n/a pass"}, "the middleware also passes `span/route`. In addition, it passes 2 checks that are not applicable without `core`."},
		{"three failures fixed", []string{"a/a FAIL pass", "a/b FAIL pass", "a/c FAIL pass"}, "the middleware also passes `a/a`, `a/b` and `a/c`. In addition, it passes 0 checks"},
		{"new failure", []string{"metric/cardinality pass FAIL"}, "With `core`, it also fails `metric/cardinality`: A thousand different Host headers create a thousand series."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := parseExpectation(t, append([]string{"check " + theirs + " " + theirs + coreSuffix}, test.outcome...)...)
			if got := describeCoreEffect(e, theirs); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q in it", got, test.want)
			}
		})
	}
}

// TestGapsHaveProofs checks that each listed gap names an existing test or file as its
// proof.
func TestGapsHaveProofs(t *testing.T) {
	const root = "../../../.."
	tests, err := repository.Tests(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range gaps {
		if strings.Contains(g.proof, "/") {
			if _, err := os.Stat(filepath.Join(root, g.proof)); err != nil {
				t.Errorf("%s: %.40s…: %v", g.where, g.description, err)
			}
		} else if !tests[g.proof] {
			t.Errorf("%s: %.40s…: there is no test %q", g.where, g.description, g.proof)
		}
	}
}

// TestVersionsHaveDates checks that the release date of each compared version is known.
func TestVersionsHaveDates(t *testing.T) {
	for _, s := range subject.Compared() {
		if s.Framework != "net/http" && releaseDates[s.Framework+" "+s.Version] == "" {
			t.Errorf("there is no date of %s %s in released.go", s.Framework, s.Version)
		}
		if s.Official && s.Program == nil && releaseDates[s.Name+" "+s.InstrumentationVersion] == "" {
			t.Errorf("there is no date of %s %s in released.go", s.Name, s.InstrumentationVersion)
		}
	}
}

// TestEveryRowHasVersionsAndDates checks that each row of the table of subjects shows
// versions with their release dates.
func TestEveryRowHasVersionsAndDates(t *testing.T) {
	subjects := subject.Compared()
	table := outputOf(func(w io.Writer) {
		writeSubjects(w, parseExpectation(t, "check", "parent/root"), subjects)
		writeRecordedRow(w, nil)
	})
	rows := strings.Split(table, "\n")[2:]
	if len(rows) != len(subjects)+1 {
		t.Fatalf("got %d rows, want one for each of the %d subjects and the record:\n%s", len(rows), len(subjects), table)
	}
	versionAndDate := regexp.MustCompile(` v\d+\.[0-9.]+, 20\d{2}-\d{2}-\d{2}`)
	for i := range subjects {
		cells := strings.Split(rows[i], " | ")
		// A row with net/http has no version of the framework: it is the version of Go.
		if framework := cells[2]; framework != "net/http" && !versionAndDate.MatchString(framework) {
			t.Errorf("%s: got the framework %q, want its version and date", subjects[i].Name, framework)
		}
		if instrumentation := cells[3]; instrumentation != "this project's" && !versionAndDate.MatchString(instrumentation) {
			t.Errorf("%s: got the instrumentation %q, want its version and date", subjects[i].Name, instrumentation)
		}
	}
	if record := rows[len(rows)-1]; !regexp.MustCompile(`\d\.\d+.*recorded on 20\d{2}-`).MatchString(record) {
		t.Errorf("got %q, want the versions and the date of the record", record)
	}
}

// TestRecordedFailuresOfChangedChecksAreOmitted checks the number of outcomes in
// fastAPIRecord. Failures of checks that have changed since the recording must be omitted.
func TestRecordedFailuresOfChangedChecksAreOmitted(t *testing.T) {
	then, err := matrix.Expect(bytes.NewReader(fastAPIRecord))
	if err != nil {
		t.Fatal(err)
	}
	every := func(string) bool { return true }
	for outcome, want := range map[conformance.Outcome]string{conformance.Pass: "32", conformance.Fail: "37", conformance.NotApplicable: "9"} {
		if got := formatOutcomeCount(then, recordedSubject, outcome, every); got != want {
			t.Errorf("got %s with outcome %s, want %s of 78", got, outcome, want)
		}
	}
	record, err := recordedOutcomes()
	if err != nil {
		t.Fatal(err)
	}
	if got := record["parent/invalid"]; got != conformance.Fail {
		t.Errorf("got %q for parent/invalid, want that it fails as it did then", got)
	}
	if got, ok := record["parent/concurrent"]; ok {
		t.Errorf("got %q for parent/concurrent, want nothing: the check asks for something else now", got)
	}
	exists := levelsByCheck()
	for _, check := range changedChecks {
		if _, ok := exists[check]; !ok && !strings.HasSuffix(check, "/") {
			t.Errorf("there is no check %s", check)
		}
	}
}
