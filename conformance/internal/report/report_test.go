package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/report"
)

var update = flag.Bool("update", false, "write the golden files")

// testReports returns two reports with every outcome, and text that every format
// must escape.
func testReports() []conformance.Report {
	first := conformance.Check{ID: "parent/root", Level: conformance.Requirement, Hint: "Look *there*.", Help: "https://example.com/CHECKS.md#parentroot", Rule: "A root is <new>.", Source: "W3C | section 3"}
	second := conformance.Check{ID: "span/query", Level: conformance.Choice, Hint: "Hide it.", Rule: "Secrets are hidden.", Source: "guide"}
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

func TestFormatsMatchGoldenFiles(t *testing.T) {
	formats := map[string]func(io.Writer, []conformance.Report) error{
		"matrix.txt": report.Text, "matrix.md": report.Markdown, "matrix.json": report.JSON, "matrix.xml": report.JUnit,
	}
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := format(&got, testReports()); err != nil {
				t.Fatal(err)
			}
			checkGolden(t, name, got.Bytes())
		})
	}
}

// checkGolden compares got with the file of that name in testdata. With -update, it writes
// the file first.
func checkGolden(t *testing.T, name string, got []byte) {
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

// TestFormatsAreWellFormed checks that every format is well-formed even with content that
// does not occur in real reports.
func TestFormatsAreWellFormed(t *testing.T) {
	for name, list := range map[string][]conformance.Report{"none": nil, "two": testReports()} {
		var asJSON, asXML bytes.Buffer
		if err := report.JSON(&asJSON, list); err != nil || !json.Valid(asJSON.Bytes()) {
			t.Errorf("%s: the JSON is not valid (%v):\n%s", name, err, asJSON.String())
		}
		if err := report.JUnit(&asXML, list); err != nil {
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

func TestFormatsReturnWriteErrors(t *testing.T) {
	for name, format := range map[string]func(io.Writer, []conformance.Report) error{
		"text": report.Text, "markdown": report.Markdown, "json": report.JSON, "junit": report.JUnit,
	} {
		if err := format(failingWriter{}, testReports()); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: got %v, want the writer's error", name, err)
		}
	}
}

// failingWriter is a writer that always fails.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
