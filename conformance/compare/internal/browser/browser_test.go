//go:build browser

package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/report/reporttest"
)

// cellAt is the selector of a cell.
func cellAt(subject, check string) string {
	return fmt.Sprintf(`tr[data-check=%q] td[data-subject=%q]`, check, subject)
}

const (
	shownColumns = `document.querySelectorAll("#matrix thead .subject:not([hidden])").length`
	shownRows    = `[...document.querySelectorAll("tr.check")].filter((row) => row.offsetParent).length`
	isOpen       = `!document.querySelector("#panel").hidden`
	focused      = `document.activeElement.getAttribute("aria-label") || document.activeElement.id || document.activeElement.textContent.trim()`
	overflow     = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
)

func TestBrowserFilters(t *testing.T) {
	reports := reporttest.Synthetic()
	checks := len(reporttest.Checks())
	b := launch(t, reports, 1360, 1000)
	want(b, "title", `document.title`, "Samespan conformance")
	want(b, "columns", shownColumns, len(reports))
	want(b, "rows", shownRows, checks)
	want(b, "overflow", overflow, 0)
	b.screenshot("light")

	b.click(`.card[data-value="otelgin"]`)
	b.click(`.card[data-value="ginotel"]`)
	want(b, "columns of two subjects", shownColumns, 2)
	b.click(`[data-filter="area"][data-value="span"]`)
	want(b, "areas of one", `document.querySelectorAll("#matrix tbody:not([hidden])").length`, 1)
	b.click(`[data-filter="outcome"][data-value="fail"]`)
	failing := eval[int](b, shownRows)
	if failing == 0 || failing == checks {
		t.Errorf("rows with a failure: got %d of %d", failing, checks)
	}
	want(b, "each row has a failure", `[...document.querySelectorAll("tr.check")].filter((row) => row.offsetParent)
		.every((row) => row.querySelector("td.fail:not([hidden])"))`, true)
	b.screenshot("filtered")

	hash := eval[string](b, `location.hash`)
	b.reopen(hash)
	want(b, "columns from the address", shownColumns, 2)
	want(b, "rows from the address", shownRows, failing)

	b.click("#clear")
	want(b, "rows without filters", shownRows, checks)
	want(b, "address without filters", `location.hash`, "")
	b.click("#fold-all")
	want(b, "rows when all is folded", shownRows, 0)
	b.screenshot("folded")
	b.click(`tbody[data-area="parent"] .fold`)
	want(b, "the area is unfolded", `document.querySelector('tbody[data-area="parent"] .fold').getAttribute("aria-expanded")`, "true")
	if rows := eval[int](b, shownRows); rows == 0 {
		t.Error("no row is shown in an area that is unfolded")
	}
	b.reopen("#subject=nobody&area=%zz&outcome=pass&open=no%2Fcheck&on=%00&folded=x")
	want(b, "columns for an address of something else", shownColumns, len(reports))
	want(b, "panel for an address of something else", isOpen, false)
}

// The rules of one level can be shown alone, in the matrix and in the lists of
// problems.
func TestBrowserLevels(t *testing.T) {
	reports := reporttest.Synthetic()
	b := launch(t, reports, 1360, 1000)
	requirements, shownProblems := 0, `[...document.querySelectorAll("[data-problems] li")].filter((item) => !item.hidden).length`
	for _, check := range reporttest.Checks() {
		if check.Level == conformance.Requirement {
			requirements++
		}
	}
	all := eval[int](b, shownProblems)
	b.click(`[data-filter="level"][data-value="requirement"]`)
	want(b, "rows of requirements", shownRows, requirements)
	some := eval[int](b, shownProblems)
	if some == 0 || some >= all {
		t.Errorf("got %d of %d problems with requirements alone", some, all)
	}
	hash := eval[string](b, `location.hash`)
	b.reopen(hash)
	want(b, "rows from the address", shownRows, requirements)
	b.click("#clear")
	want(b, "problems without filters", shownProblems, all)

	b.click(`[data-problems] summary`)
	b.screenshot("problems")
	b.click(`[data-problems][open] li:not([hidden]) .ref`)
	want(b, "panel from the list of problems", isOpen, true)
	want(b, "the remedy", `document.querySelector("#panel .remedy a").href.startsWith("https://")`, true)
	link := eval[string](b, `document.querySelector("#panel .permalink").getAttribute("href")`)
	title := eval[string](b, `document.querySelector("#panel-title").textContent`)
	b.reopen(link)
	want(b, "the cell from its own address", `document.querySelector("#panel-title").textContent`, title)
}

func TestBrowserPanel(t *testing.T) {
	reports := reporttest.Synthetic()
	subject, check := reporttest.OutcomeOf(reports[4:], conformance.Fail)
	b := launch(t, reports, 1360, 1000)
	b.click(cellAt(subject, check))
	want(b, "panel after a click", isOpen, true)
	want(b, "title of the panel", `document.querySelector("#panel-title").textContent`, check)
	for _, text := range []string{subject, "fail", "got", "want", "What was sent", "Spans that arrived", "process_item_logic", "Source"} {
		if !strings.Contains(eval[string](b, `document.querySelector("#panel").innerText`), text) {
			t.Errorf("the panel does not say %q", text)
		}
	}
	want(b, "bars", `document.querySelectorAll("#panel .trace:first-of-type .span-bar").length`, 5)
	want(b, "the child is below its parent", `(() => {
		const depth = (name) => Number([...document.querySelectorAll("#panel .trace:first-of-type .span-name")]
			.find((each) => each.textContent.includes(name)).style.getPropertyValue("--depth"));
		return depth("process_item_logic") - depth("GET /process/:item_id");
	})()`, 1)
	b.screenshot("panel")
	b.click(`#panel .trace .span.nested summary`)
	want(b, "attributes of a span", `[...document.querySelectorAll("#panel .span[open] dt")].some((key) => key.textContent === "http.route")`, true)
	want(b, "orphans", `document.querySelectorAll("#panel .trace:first-of-type .lost").length`, 1)
	b.run(chromedp.ScrollIntoView(chromedp.CSS(`#panel .span[open]`)))
	b.screenshot("panel-span")

	hash := eval[string](b, `location.hash`)
	b.press(kb.Escape)
	want(b, "panel after Escape", isOpen, false)
	want(b, "the cell has the focus again", focused, fmt.Sprintf("%s, %s: fail", subject, check))
	b.reopen(hash)
	want(b, "panel from the address", isOpen, true)
	b.click(`.elsewhere button:first-child`)
	want(b, "the same check elsewhere", `document.querySelector("#panel .made b").textContent`, reports[0].Subject.Name)
	b.click(`#panel .close`)
	want(b, "panel after Close", isOpen, false)

	b.click(`[data-open-check]`)
	want(b, "panel from the list of known failures", `document.querySelector("#panel .verdict").textContent.includes("known failure")`, true)
}

func TestBrowserKeyboard(t *testing.T) {
	reports := reporttest.Synthetic()
	first, second := reports[0].Results[0].Check.ID, reports[0].Results[1].Check.ID
	b := launch(t, reports, 1360, 1000)
	on := func(subject int, check string) {
		t.Helper()
		name := reports[subject].Subject.Name
		want(b, "the cell with the focus", `document.activeElement.dataset.subject + " " + document.activeElement.closest("tr").dataset.check`, name+" "+check)
	}
	b.press(kb.Tab)
	want(b, "first stop", focused, "Skip to the matrix")
	b.press(kb.Enter)
	on(0, first)
	b.press(kb.ArrowRight, kb.ArrowRight, kb.ArrowDown)
	on(2, second)
	want(b, "the focus is seen", `getComputedStyle(document.activeElement).outlineStyle`, "solid")
	b.press(kb.End)
	on(len(reports)-1, second)
	b.press(kb.Home, kb.ArrowLeft)
	on(0, second)
	b.screenshot("keyboard")
	b.press(kb.Enter)
	want(b, "panel after Enter", isOpen, true)
	want(b, "the panel has the focus", `document.activeElement.id`, "panel")
	b.press(kb.Escape)
	want(b, "panel after Escape", isOpen, false)
	on(0, second)
	b.press(kb.ArrowUp, kb.ArrowUp)
	want(b, "above the first check is its area", `document.activeElement.className`, "fold")
	b.press(kb.ArrowLeft)
	want(b, "the area is folded", `document.activeElement.getAttribute("aria-expanded")`, "false")
	b.press(kb.Enter)
	want(b, "the area is unfolded", `document.activeElement.getAttribute("aria-expanded")`, "true")
	b.press(kb.Tab)
	want(b, "the matrix is one stop", `document.activeElement.closest("#matrix") === null`, true)
}

func TestBrowserPhone(t *testing.T) {
	reports := reporttest.Synthetic()
	subject, check := reporttest.OutcomeOf(reports[4:], conformance.Fail)
	b := launch(t, reports, 390, 844)
	want(b, "overflow of the page", overflow, 0)
	b.screenshot("phone")
	eval[chromedp.Void](b, `document.querySelector(".scroll").scrollIntoView(); document.querySelector(".scroll").scrollLeft = 200`)
	want(b, "the checks stay in sight", `(() => {
		const name = document.querySelector("tr.check th").getBoundingClientRect();
		return name.left >= 0 && name.left < 40;
	})()`, true)
	b.screenshot("phone-matrix")
	b.click(cellAt(subject, check))
	want(b, "panel", isOpen, true)
	want(b, "width of the panel", `document.querySelector("#panel").getBoundingClientRect().width`, 390)
	want(b, "overflow of the panel", `document.querySelector("#panel").scrollWidth - document.querySelector("#panel").clientWidth`, 0)
	want(b, "overflow of the page under the panel", overflow, 0)
	b.screenshot("phone-panel")
	eval[chromedp.Void](b, `document.querySelector("#panel .trace").scrollIntoView()`)
	b.screenshot("phone-waterfall")
}

func TestBrowserDark(t *testing.T) {
	reports := reporttest.Synthetic()
	subject, check := reporttest.OutcomeOf(reports[4:], conformance.Fail)
	b := launch(t, reports, 1360, 1000)
	background := `getComputedStyle(document.body).backgroundColor`
	light := eval[string](b, background)
	b.setPreference("dark")
	dark := eval[string](b, background)
	if dark == light {
		t.Errorf("who prefers dark gets the background %s too", dark)
	}
	b.screenshot("dark")
	b.click(cellAt(subject, check))
	b.screenshot("dark-panel")
	b.press(kb.Escape)
	b.click("#theme")
	want(b, "background after the switch", background, light)
	b.click("#theme")
	want(b, "background after another", background, dark)
}

func TestBrowserRunsNothingOfAReport(t *testing.T) {
	reports := reporttest.Synthetic()
	b := launch(t, reports, 1360, 1000)
	for _, report := range reports[:2] {
		b.click(cellAt(report.Subject.Name, "other/hostile"))
		want(b, "panel", isOpen, true)
		want(b, "title", `document.title`, "Samespan conformance")
		want(b, "images", `document.images.length`, 0)
		b.screenshot("hostile")
		b.press(kb.Escape)
	}
	b.click(cellAt(reports[0].Subject.Name, "other/many"))
	want(b, "exchanges of a cell with many", `document.querySelectorAll("#panel .exchange").length <= 12`, true)
}
