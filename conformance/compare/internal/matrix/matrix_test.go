package matrix_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
)

var update = flag.Bool("update", false, "write the golden files")

// reports are two, with every outcome, and text that every format must escape.
func reports() []conformance.Report {
	first := conformance.Check{ID: "parent/root", Rule: "A root is <new>.", Source: "W3C | section 3"}
	second := conformance.Check{ID: "span/query", Rule: "Secrets are hidden.", Source: "guide"}
	third := conformance.Check{ID: "trust/size", Rule: "Sizes are *bounded*.", Source: "users"}
	started := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return []conformance.Report{
		{
			Subject: conformance.SubjectInfo{Name: "ours", Framework: "Gin", FrameworkVersion: "v1.12.0", Instrumentation: "ginotel", InstrumentationVersion: "0.1.0"},
			Results: []conformance.Result{
				{Check: first, Outcome: conformance.Pass, Duration: conformance.Duration(20 * time.Millisecond)},
				{Check: second, Outcome: conformance.KnownFailure, Reason: "not yet", Problems: []conformance.Problem{{What: "url.query", Got: `"sig=1"`, Want: "none"}}},
				{Check: third, Outcome: conformance.NotApplicable, Reason: "the subject does not have: [http2]"},
			},
			Started: started, Duration: conformance.Duration(1500 * time.Millisecond),
		},
		{
			Subject: conformance.SubjectInfo{Name: "theirs", Framework: "Echo"},
			Results: []conformance.Result{
				{
					Check: first, Outcome: conformance.Fail,
					Problems: []conformance.Problem{{What: "parent_id", Got: "\"a\x00b\"\nc|d", Want: "<none>"}},
				},
				{Check: second, Outcome: conformance.Error, Reason: "the service does not start"},
			},
			Started: started, Duration: conformance.Duration(2 * time.Second),
		},
	}
}

func TestFormats(t *testing.T) {
	formats := map[string]func(io.Writer, []conformance.Report) error{
		"matrix.txt": matrix.Text, "matrix.md": matrix.Markdown, "matrix.json": matrix.JSON, "matrix.xml": matrix.JUnit,
	}
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := format(&got, reports()); err != nil {
				t.Fatal(err)
			}
			golden(t, name, got.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s\n(go test -update writes it)", file, got, want)
	}
}

// TestFormatsAreWellFormed also holds for what no report has contained yet.
func TestFormatsAreWellFormed(t *testing.T) {
	for name, list := range map[string][]conformance.Report{"none": nil, "two": reports()} {
		var asJSON, asXML bytes.Buffer
		if err := matrix.JSON(&asJSON, list); err != nil || !json.Valid(asJSON.Bytes()) {
			t.Errorf("%s: the JSON is not valid (%v):\n%s", name, err, asJSON.String())
		}
		if err := matrix.JUnit(&asXML, list); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		decoder := xml.NewDecoder(&asXML)
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: the XML is not well formed: %v", name, err)
				break
			}
		}
	}
}

func TestFormatsTellOfAFullDisk(t *testing.T) {
	for name, format := range map[string]func(io.Writer, []conformance.Report) error{
		"text": matrix.Text, "markdown": matrix.Markdown, "json": matrix.JSON, "junit": matrix.JUnit,
	} {
		if err := format(full{}, reports()); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: got %v, want the writer's error", name, err)
		}
	}
}

// full is a writer that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestGoldenMatrixIsRead(t *testing.T) {
	list := reports()
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
				t.Errorf("got %q of what was written", difference)
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

func TestNothingIsExpected(t *testing.T) {
	var none *matrix.Expectation
	for outcome, want := range map[conformance.Outcome]bool{
		conformance.Pass: false, conformance.KnownFailure: false, conformance.NotApplicable: false, conformance.Fail: true, conformance.Error: true,
	} {
		if got := none.Difference("subject", &conformance.Result{Outcome: outcome}) != ""; got != want {
			t.Errorf("%s is a difference: got %v, want %v", outcome, got, want)
		}
	}
}

func TestGoldenMatrixIsWhole(t *testing.T) {
	if err := matrix.Golden(io.Discard, reports()); err == nil || !strings.Contains(err.Error(), "trust/size") {
		t.Errorf("got %v for a check that one subject was not asked, want an error that names it", err)
	}
}

func TestBadGoldenMatrices(t *testing.T) {
	for text, want := range map[string]string{
		"parent/root pass\n":                       "line 1",
		"check ours theirs\nparent/root pass\n":    "got 1 outcomes of parent/root, want 2",
		"# of old\ncheck ours\nparent/root fine\n": `line 3: there is no outcome "fine"`,
	} {
		if _, err := matrix.Expect(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", text, err, want)
		}
	}
}
