package matrix_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
)

// exampleReports returns two reports, which together have every outcome. The second lacks a
// check of the first.
func exampleReports() []conformance.Report {
	newReport := func(name string, outcomes ...conformance.Outcome) conformance.Report {
		report := conformance.Report{Subject: conformance.SubjectInfo{Name: name}}
		for i, outcome := range outcomes {
			id := []string{"parent/root", "span/query", "trust/size"}[i]
			report.Results = append(report.Results, conformance.Result{Check: conformance.Check{ID: id}, Outcome: outcome})
		}
		return report
	}
	return []conformance.Report{
		newReport("ours", conformance.Pass, conformance.KnownFailure, conformance.NotApplicable),
		newReport("theirs", conformance.Fail, conformance.Error),
	}
}

func TestExpectReadsGoldenMatrix(t *testing.T) {
	list := exampleReports()
	list[1].Results = append(list[1].Results, conformance.Result{Check: list[0].Results[2].Check, Outcome: conformance.Pass})
	var written bytes.Buffer
	if err := matrix.Golden(&written, list); err != nil {
		t.Fatal(err)
	}
	expectation, err := matrix.Expect(&written)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		for j := range list[i].Results {
			if difference := expectation.Difference(list[i].Subject.Name, &list[i].Results[j]); difference != "" {
				t.Errorf("got the difference %q to the written matrix, want none", difference)
			}
		}
	}
	if got := strings.Join(expectation.Subjects(), " "); got != "ours theirs" {
		t.Errorf("got subjects %q", got)
	}
	if got := strings.Join(expectation.Checks(), " "); got != "parent/root span/query trust/size" {
		t.Errorf("got checks %q", got)
	}

	passed := conformance.Result{Check: list[0].Results[0].Check, Outcome: conformance.Pass}
	if got, want := expectation.Difference("theirs", &passed), "theirs: parent/root: got pass, want fail"; got != want {
		t.Errorf("got %q for a failure that no longer fails, want %q", got, want)
	}
	if got := expectation.Difference("new", &passed); !strings.Contains(got, "does not have it") {
		t.Errorf("got %q for a subject that is not in the golden matrix", got)
	}
}

func TestGoldenRejectsMissingResult(t *testing.T) {
	if err := matrix.Golden(io.Discard, exampleReports()); err == nil || !strings.Contains(err.Error(), "trust/size") {
		t.Errorf("got %v for a check that one subject was not asked, want an error that names it", err)
	}
}

func TestExpectRejectsInvalidMatrix(t *testing.T) {
	for text, want := range map[string]string{
		"parent/root pass\n":                       "line 1",
		"check ours theirs\nparent/root pass\n":    "got 1 outcomes of parent/root, want 2",
		"# of old\ncheck ours\nparent/root fine\n": `line 3: unknown outcome "fine"`,
	} {
		if _, err := matrix.Expect(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", text, err, want)
		}
	}
}
