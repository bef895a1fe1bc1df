package page_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/report/page"
	"github.com/samespan/samespan/conformance/internal/report/reporttest"
)

// renderPage returns the page for the reports.
func renderPage(t *testing.T, reports []conformance.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, reports); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// cellDataOf returns the page's data for a cell.
func cellDataOf(t *testing.T, html, check string) (cell struct {
	Outcome       string
	Problems      []struct{ What, Got, Want string }
	Exchanges     []struct{ Line, Status string }
	MoreExchanges int
	Traces        []struct {
		Caller string
		Spans  []struct {
			Name        string
			Depth       int
			Orphan      bool
			From, Width float64
		}
		More int
	}
	MoreTraces int
}) {
	t.Helper()
	block := regexp.MustCompile(`(?s)<script type="application/json" id="data-0">(.*?)</script>`).FindStringSubmatch(html)
	if block == nil {
		t.Fatal("the page has no data of the first subject")
	}
	var cells []json.RawMessage
	if err := json.Unmarshal([]byte(block[1]), &cells); err != nil {
		t.Fatal(err)
	}
	for _, raw := range cells {
		var id struct{ ID string }
		if err := json.Unmarshal(raw, &id); err != nil {
			t.Fatal(err)
		}
		if id.ID == check {
			if err := json.Unmarshal(raw, &cell); err != nil {
				t.Fatal(err)
			}
			return cell
		}
	}
	t.Fatalf("the page has no data of %s", check)
	return cell
}

func TestWriteShowsEverySubjectAndCheck(t *testing.T) {
	reports := reporttest.Synthetic()
	html := renderPage(t, reports)
	for i := range reports {
		if name := strings.ReplaceAll(reports[i].Subject.Name, "+", "&#43;"); !strings.Contains(html, `data-filter="subject" data-value="`+name+`"`) {
			t.Errorf("the page has no card of %s", name)
		}
	}
	if got, want := strings.Count(html, `<td role="gridcell" class="cell`), len(reports)*len(reporttest.Checks()); got != want {
		t.Errorf("got %d cells, want %d", got, want)
	}
	if !strings.Contains(html, `title="github.com/example/instrumentation/ginotel/v2 v0.60.0">ginotel v0.60.0<`) {
		t.Error("the page does not shorten an instrumentation's path")
	}
	for _, outcome := range conformance.Outcomes() {
		if subject, check := reporttest.OutcomeOf(reports, outcome); !strings.Contains(html, strings.ReplaceAll(subject, "+", "&#43;")+", "+check+": "+string(outcome)+`"`) {
			t.Errorf("the page does not say that %s is %s on %s", check, outcome, subject)
		}
	}
}

// TestWriteShowsLevelsAndProblems checks that the page shows the level of each rule,
// and lists all problems of a subject with advice.
func TestWriteShowsLevelsAndProblems(t *testing.T) {
	check := conformance.Check{
		ID: "parent/root", Level: conformance.Requirement, Rule: "A rule.", Source: "a source",
		Hint: "Look there.", Help: "https://example.com/CHECKS.md#parentroot",
	}
	problem := conformance.Problem{What: "parent", Got: "none", Want: "one"}
	html := renderPage(t, []conformance.Report{{
		Subject: conformance.SubjectInfo{Name: "shop"},
		Results: []conformance.Result{
			{Check: check, Outcome: conformance.Fail, Problems: []conformance.Problem{problem, problem, problem, problem, problem}},
			{Check: conformance.Check{ID: "span/query", Level: conformance.Choice, Rule: "Another.", Help: "javascript:alert(1)"}, Outcome: conformance.Error, Reason: "it does not start"},
			{Check: conformance.Check{ID: "trust/size", Level: conformance.Choice, Rule: "A third."}, Outcome: conformance.Pass},
		},
	}})
	for _, want := range []string{
		`data-filter="level" data-value="requirement"`, `data-filter="level" data-value="choice"`,
		`data-check="parent/root" data-level="requirement"`, `data-check="trust/size" data-level="choice"`,
		`<details data-problems="shop" open>`, `data-open-subject="shop" data-open-check="parent/root"`,
		`parent: got <code>none</code>, want <code>one</code>`, "and 2 more problems", "it does not start",
		`Look there. <a href="https://example.com/CHECKS.md#parentroot" rel="noreferrer">`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if got := strings.Count(html, "<li data-level"); got != 2 {
		t.Errorf("got %d problems in the list, want the failure and the error", got)
	}
	if strings.Contains(html, "javascript:") {
		t.Error("the page leads to what a report calls its help")
	}
	var data struct{ Level, Hint, Help string }
	block := regexp.MustCompile(`(?s)<script type="application/json" id="data-0">(.*?)</script>`).FindStringSubmatch(html)
	var cells []json.RawMessage
	if err := json.Unmarshal([]byte(block[1]), &cells); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(cells[0], &data); err != nil || data.Level != "requirement" || data.Hint != check.Hint || data.Help != check.Help {
		t.Errorf("got %+v and %v for the panel, want level, hint and help", data, err)
	}
}

// TestPageMakesNoRequests checks that a page is self-contained and makes no requests.
func TestPageMakesNoRequests(t *testing.T) {
	reports := reporttest.Synthetic()[2:3]
	reports[0].Results = reports[0].Results[:20]
	html := renderPage(t, reports)
	// Links are allowed: the browser loads their targets only when the user follows them.
	markup := regexp.MustCompile(`(?s)<script.*?</script>|<a href="https://[^"]*" rel="noreferrer">`).ReplaceAllString(html, "")
	for _, pattern := range []string{`(src|href)\s*=\s*"?[^#"\s]`, `url\(`, `@import`, `<link`, `<iframe`} {
		if found := regexp.MustCompile(pattern).FindString(markup); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
}

func TestWriteEscapesHostileText(t *testing.T) {
	reports := reporttest.Synthetic()[:1]
	reports[0].Subject.Name, reports[0].Subject.FrameworkVersion = reporttest.Hostile, reporttest.Hostile
	html := renderPage(t, reports)
	if got := strings.Count(html, "<script"); got != 2 {
		t.Errorf("got %d scripts, want the data's and the page's", got)
	}
	for _, markup := range []string{"<img", "\x00", "\xff", "\u202e"} {
		if strings.Contains(html, markup) {
			t.Errorf("the page has %q", markup)
		}
	}
	if got := cellDataOf(t, html, "other/hostile").Exchanges[0].Line; !strings.Contains(got, `<img src=x`) || !strings.Contains(got, `\x00\xff\u202e`) {
		t.Errorf("got %q, want what was sent", got)
	}
}

func TestWriteAcceptsNoReports(t *testing.T) {
	if html := renderPage(t, nil); !strings.Contains(html, "on 0 subjects") {
		t.Error("got another page")
	}
}

func TestCellsLimitEvidence(t *testing.T) {
	cell := cellDataOf(t, renderPage(t, reporttest.Synthetic()[:1]), "other/many")
	if len(cell.Exchanges) != 12 || cell.MoreExchanges != 188 {
		t.Errorf("got %d exchanges and %d more, want 12 and 188", len(cell.Exchanges), cell.MoreExchanges)
	}
	if len(cell.Traces) != 12 || cell.MoreTraces != 188 {
		t.Errorf("got %d traces and %d more, want 12 and 188", len(cell.Traces), cell.MoreTraces)
	}
}

func TestTraceIsShownAsTree(t *testing.T) {
	at := func(ms int) time.Time { return reporttest.Began.Add(time.Duration(ms) * time.Millisecond) }
	span := func(id, parent string, from, to int) conformance.SpanInfo {
		return conformance.SpanInfo{TraceID: "t", SpanID: id, ParentID: parent, Name: id, Kind: "internal", Start: at(from), End: at(to)}
	}
	type want struct {
		name   string
		depth  int
		orphan bool
	}
	tests := []struct {
		name  string
		spans []conformance.SpanInfo
		want  []want
	}{
		{"out of order", []conformance.SpanInfo{span("c", "b", 2, 3), span("b", "a", 1, 9), span("a", "", 0, 10), span("d", "a", 5, 6)},
			[]want{{"a", 0, false}, {"b", 1, false}, {"c", 2, false}, {"d", 1, false}}},
		{"under the caller", []conformance.SpanInfo{span("a", "caller", 0, 10)}, []want{{"a", 1, false}}},
		{"under a caller in a header", []conformance.SpanInfo{span("a", "00f067aa0ba902b7", 0, 10)}, []want{{"a", 1, false}}},
		{"orphan", []conformance.SpanInfo{span("a", "gone", 0, 10), span("b", "a", 0, 1)}, []want{{"a", 0, true}, {"b", 1, false}}},
		{"its own parent", []conformance.SpanInfo{span("a", "a", 0, 10)}, []want{{"a", 0, false}}},
		{"circle", []conformance.SpanInfo{span("a", "b", 0, 10), span("b", "a", 1, 2)}, []want{{"a", 0, false}, {"b", 1, false}}},
		{"ends before it starts", []conformance.SpanInfo{span("a", "", 10, 0)}, []want{{"a", 0, false}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			report := conformance.Report{Results: []conformance.Result{{
				Check: conformance.Check{ID: "parent/x"}, Outcome: conformance.Pass,
				Evidence: conformance.Evidence{
					Exchanges: []conformance.Exchange{{
						Request: conformance.Request{Method: "GET", Target: "/", Header: []string{"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}},
						TraceID: "t", SpanID: "caller",
					}},
					Spans: test.spans,
				},
			}}}
			spans := cellDataOf(t, renderPage(t, []conformance.Report{report}), "parent/x").Traces[0].Spans
			if len(spans) != len(test.want) {
				t.Fatalf("got %d spans, want %d", len(spans), len(test.want))
			}
			for i, s := range spans {
				if got := (want{s.Name, s.Depth, s.Orphan}); got != test.want[i] {
					t.Errorf("span %d: got %v, want %v", i, got, test.want[i])
				}
				if s.From < 0 || s.Width < 0 || s.From+s.Width > 100.01 {
					t.Errorf("%s: got a bar from %v of %v percent", s.Name, s.From, s.Width)
				}
			}
		})
	}
}
