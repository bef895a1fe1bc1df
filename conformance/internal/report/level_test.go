package report_test

import (
	"bytes"
	"html"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/catalogue"
	"github.com/samespan/samespan/conformance/internal/report"
	"github.com/samespan/samespan/conformance/internal/report/page"
)

// TestEveryFormatMarksChoices checks that every report format shows the level of a check
// whose level is conformance.Choice, and that all formats but one show the check's source.
// The test uses the check trust/client-address. Its level is Choice because the conventions
// do not define which proxies are trusted.
func TestEveryFormatMarksChoices(t *testing.T) {
	checks := conformance.Checks()
	choice := checks[slices.IndexFunc(checks, func(c conformance.Check) bool { return c.ID == "trust/client-address" })]
	failed := conformance.Result{Check: choice, Outcome: conformance.Fail, Problems: []conformance.Problem{{What: "client.address", Got: "203.0.113.7", Want: "127.0.0.1"}}}
	reports := []conformance.Report{{Subject: conformance.SubjectInfo{Name: "shop"}, Results: []conformance.Result{failed}}}
	message := func(w io.Writer, _ []conformance.Report) error {
		_, err := io.WriteString(w, failed.Text("shop"))
		return err
	}
	list := func(w io.Writer, _ []conformance.Report) error {
		var all bytes.Buffer
		err := catalogue.Checks(&all)
		_, afterID, _ := strings.Cut(all.String(), choice.ID+" ")
		section, _, _ := strings.Cut(afterID, "\ntrust/")
		_, _ = io.WriteString(w, section)
		return err
	}
	for name, format := range map[string]struct {
		write       func(io.Writer, []conformance.Report) error
		wantLevel   string // the text that tells the reader the level of the check
		showsSource bool   // whether the format shows the field Source of the check
	}{
		"message":   {message, "level: choice", true},
		"catalogue": {list, "(choice)", true},
		"text":      {report.Text, choice.ID + "  choice", false},
		"Markdown":  {report.Markdown, "(choice)", true},
		"JSON":      {report.JSON, `"level": "choice"`, true},
		"JUnit":     {report.JUnit, `name="level" value="choice"`, true},
		"page":      {page.Write, `data-check="` + choice.ID + `" data-level="choice"`, true},
	} {
		var b bytes.Buffer
		if err := format.write(&b, reports); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := html.UnescapeString(b.String())
		if !strings.Contains(got, format.wantLevel) {
			t.Errorf("%s does not say %q of %s:\n%s", name, format.wantLevel, choice.ID, got)
		}
		if strings.Contains(got, choice.Source) != format.showsSource {
			t.Errorf("%s: got the whole source of %s shown: %t, want %t", name, choice.ID, !format.showsSource, format.showsSource)
		}
	}
}
