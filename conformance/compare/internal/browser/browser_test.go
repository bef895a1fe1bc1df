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

// cellSelector returns the CSS selector of a cell in the matrix.
func cellSelector(subject, check string) string {
	return fmt.Sprintf(`tr[data-check=%q] td[data-subject=%q]`, check, subject)
}

// JavaScript expressions about what the page shows.
const (
	shownColumnCount   = `document.querySelectorAll("#matrix thead .subject:not([hidden])").length`
	shownRowCount      = `[...document.querySelectorAll("tr.check")].filter((row) => row.offsetParent).length`
	panelIsOpen        = `!document.querySelector("#panel").hidden`
	focusedLabel       = `document.activeElement.getAttribute("aria-label") || document.activeElement.id || document.activeElement.textContent.trim()`
	horizontalOverflow = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
)

func TestBrowserFiltersHideColumnsAndRows(t *testing.T) {
	reports := reporttest.Synthetic()
	checks := len(reporttest.Checks())
	b := openPage(t, reports, 1360, 1000)
	wantValue(b, "title", `document.title`, "Samespan conformance")
	wantValue(b, "columns", shownColumnCount, len(reports))
	wantValue(b, "rows", shownRowCount, checks)
	wantValue(b, "overflow", horizontalOverflow, 0)
	b.screenshot("light")

	b.click(`.card[data-value="otelgin"]`)
	b.click(`.card[data-value="ginotel"]`)
	wantValue(b, "columns of two subjects", shownColumnCount, 2)
	b.click(`[data-filter="area"][data-value="span"]`)
	wantValue(b, "areas of one", `document.querySelectorAll("#matrix tbody:not([hidden])").length`, 1)
	b.click(`[data-filter="outcome"][data-value="fail"]`)
	failing := evaluate[int](b, shownRowCount)
	if failing == 0 || failing == checks {
		t.Errorf("rows with a failure: got %d of %d", failing, checks)
	}
	wantValue(b, "each row has a failure", `[...document.querySelectorAll("tr.check")].filter((row) => row.offsetParent)
		.every((row) => row.querySelector("td.fail:not([hidden])"))`, true)
	b.screenshot("filtered")

	hash := evaluate[string](b, `location.hash`)
	b.reopen(hash)
	wantValue(b, "columns from the address", shownColumnCount, 2)
	wantValue(b, "rows from the address", shownRowCount, failing)

	b.click("#clear")
	wantValue(b, "rows without filters", shownRowCount, checks)
	wantValue(b, "address without filters", `location.hash`, "")
	b.click("#fold-all")
	wantValue(b, "rows when all is folded", shownRowCount, 0)
	b.screenshot("folded")
	b.click(`tbody[data-area="parent"] .fold`)
	wantValue(b, "the area is unfolded", `document.querySelector('tbody[data-area="parent"] .fold').getAttribute("aria-expanded")`, "true")
	if rows := evaluate[int](b, shownRowCount); rows == 0 {
		t.Error("no row is shown in an area that is unfolded")
	}
	b.reopen("#subject=nobody&area=%zz&outcome=pass&open=no%2Fcheck&on=%00&folded=x")
	wantValue(b, "columns for an address of something else", shownColumnCount, len(reports))
	wantValue(b, "panel for an address of something else", panelIsOpen, false)
}

// TestBrowserSelectsRulesOfOneLevel checks that the rules of one level can be selected,
// in the matrix and in the lists of problems.
func TestBrowserSelectsRulesOfOneLevel(t *testing.T) {
	reports := reporttest.Synthetic()
	b := openPage(t, reports, 1360, 1000)
	requirements, shownProblems := 0, `[...document.querySelectorAll("[data-problems] li")].filter((item) => !item.hidden).length`
	for _, check := range reporttest.Checks() {
		if check.Level == conformance.Requirement {
			requirements++
		}
	}
	all := evaluate[int](b, shownProblems)
	b.click(`[data-filter="level"][data-value="requirement"]`)
	wantValue(b, "rows of requirements", shownRowCount, requirements)
	shownCount := evaluate[int](b, shownProblems)
	if shownCount == 0 || shownCount >= all {
		t.Errorf("got %d of %d problems with requirements alone", shownCount, all)
	}
	hash := evaluate[string](b, `location.hash`)
	b.reopen(hash)
	wantValue(b, "rows from the address", shownRowCount, requirements)
	b.click("#clear")
	wantValue(b, "problems without filters", shownProblems, all)

	b.click(`[data-problems] summary`)
	b.screenshot("problems")
	b.click(`[data-problems][open] li:not([hidden]) .ref`)
	wantValue(b, "panel from the list of problems", panelIsOpen, true)
	wantValue(b, "the remedy", `document.querySelector("#panel .remedy a").href.startsWith("https://")`, true)
	link := evaluate[string](b, `document.querySelector("#panel .permalink").getAttribute("href")`)
	title := evaluate[string](b, `document.querySelector("#panel-title").textContent`)
	b.reopen(link)
	wantValue(b, "the cell from its own address", `document.querySelector("#panel-title").textContent`, title)
}

func TestBrowserPanelShowsCell(t *testing.T) {
	reports := reporttest.Synthetic()
	subject, check := reporttest.OutcomeOf(reports[4:], conformance.Fail)
	b := openPage(t, reports, 1360, 1000)
	b.click(cellSelector(subject, check))
	wantValue(b, "panel after a click", panelIsOpen, true)
	wantValue(b, "title of the panel", `document.querySelector("#panel-title").textContent`, check)
	for _, text := range []string{subject, "fail", "got", "want", "Requests and responses", "Received spans", "process_item_logic", "Source"} {
		if !strings.Contains(evaluate[string](b, `document.querySelector("#panel").innerText`), text) {
			t.Errorf("the panel does not say %q", text)
		}
	}
	wantValue(b, "bars", `document.querySelectorAll("#panel .trace:first-of-type .span-bar").length`, 5)
	wantValue(b, "the child is below its parent", `(() => {
		const depth = (name) => Number([...document.querySelectorAll("#panel .trace:first-of-type .span-name")]
			.find((each) => each.textContent.includes(name)).style.getPropertyValue("--depth"));
		return depth("process_item_logic") - depth("GET /process/:item_id");
	})()`, 1)
	b.screenshot("panel")
	b.click(`#panel .trace .span.nested summary`)
	wantValue(b, "attributes of a span", `[...document.querySelectorAll("#panel .span[open] dt")].some((key) => key.textContent === "http.route")`, true)
	wantValue(b, "orphans", `document.querySelectorAll("#panel .trace:first-of-type .lost").length`, 1)
	b.run(chromedp.ScrollIntoView(chromedp.CSS(`#panel .span[open]`)))
	b.screenshot("panel-span")

	hash := evaluate[string](b, `location.hash`)
	b.press(kb.Escape)
	wantValue(b, "panel after Escape", panelIsOpen, false)
	wantValue(b, "the cell has the focus again", focusedLabel, fmt.Sprintf("%s, %s: fail", subject, check))
	b.reopen(hash)
	wantValue(b, "panel from the address", panelIsOpen, true)
	b.click(`.elsewhere button:first-child`)
	wantValue(b, "the same check elsewhere", `document.querySelector("#panel .made b").textContent`, reports[0].Subject.Name)
	b.click(`#panel .close`)
	wantValue(b, "panel after Close", panelIsOpen, false)

	b.click(`[data-open-check]`)
	wantValue(b, "panel from the list of known failures", `document.querySelector("#panel .verdict").textContent.includes("known failure")`, true)
}

func TestBrowserKeysMoveFocus(t *testing.T) {
	reports := reporttest.Synthetic()
	first, second := reports[0].Results[0].Check.ID, reports[0].Results[1].Check.ID
	b := openPage(t, reports, 1360, 1000)
	on := func(subject int, check string) {
		t.Helper()
		name := reports[subject].Subject.Name
		wantValue(b, "the cell with the focus", `document.activeElement.dataset.subject + " " + document.activeElement.closest("tr").dataset.check`, name+" "+check)
	}
	b.press(kb.Tab)
	wantValue(b, "first stop", focusedLabel, "Skip to the matrix")
	b.press(kb.Enter)
	on(0, first)
	b.press(kb.ArrowRight, kb.ArrowRight, kb.ArrowDown)
	on(2, second)
	wantValue(b, "the focus is seen", `getComputedStyle(document.activeElement).outlineStyle`, "solid")
	b.press(kb.End)
	on(len(reports)-1, second)
	b.press(kb.Home, kb.ArrowLeft)
	on(0, second)
	b.screenshot("keyboard")
	b.press(kb.Enter)
	wantValue(b, "panel after Enter", panelIsOpen, true)
	wantValue(b, "the panel has the focus", `document.activeElement.id`, "panel")
	b.press(kb.Escape)
	wantValue(b, "panel after Escape", panelIsOpen, false)
	on(0, second)
	b.press(kb.ArrowUp, kb.ArrowUp)
	wantValue(b, "above the first check is its area", `document.activeElement.className`, "fold")
	b.press(kb.ArrowLeft)
	wantValue(b, "the area is folded", `document.activeElement.getAttribute("aria-expanded")`, "false")
	b.press(kb.Enter)
	wantValue(b, "the area is unfolded", `document.activeElement.getAttribute("aria-expanded")`, "true")
	b.press(kb.Tab)
	wantValue(b, "the matrix is one stop", `document.activeElement.closest("#matrix") === null`, true)
}

func TestBrowserPageFitsPhone(t *testing.T) {
	reports := reporttest.Synthetic()
	subject, check := reporttest.OutcomeOf(reports[4:], conformance.Fail)
	b := openPage(t, reports, 390, 844)
	wantValue(b, "overflow of the page", horizontalOverflow, 0)
	b.screenshot("phone")
	evaluate[chromedp.Void](b, `document.querySelector(".scroll").scrollIntoView(); document.querySelector(".scroll").scrollLeft = 200`)
	wantValue(b, "the checks stay in sight", `(() => {
		const name = document.querySelector("tr.check th").getBoundingClientRect();
		return name.left >= 0 && name.left < 40;
	})()`, true)
	b.screenshot("phone-matrix")
	b.click(cellSelector(subject, check))
	wantValue(b, "panel", panelIsOpen, true)
	wantValue(b, "width of the panel", `document.querySelector("#panel").getBoundingClientRect().width`, 390)
	wantValue(b, "overflow of the panel", `document.querySelector("#panel").scrollWidth - document.querySelector("#panel").clientWidth`, 0)
	wantValue(b, "overflow of the page under the panel", horizontalOverflow, 0)
	b.screenshot("phone-panel")
	evaluate[chromedp.Void](b, `document.querySelector("#panel .trace").scrollIntoView()`)
	b.screenshot("phone-waterfall")
}

func TestBrowserThemeFollowsPreference(t *testing.T) {
	reports := reporttest.Synthetic()
	subject, check := reporttest.OutcomeOf(reports[4:], conformance.Fail)
	b := openPage(t, reports, 1360, 1000)
	background := `getComputedStyle(document.body).backgroundColor`
	light := evaluate[string](b, background)
	b.setColorScheme("dark")
	dark := evaluate[string](b, background)
	if dark == light {
		t.Errorf("who prefers dark gets the background %s too", dark)
	}
	b.screenshot("dark")
	b.click(cellSelector(subject, check))
	b.screenshot("dark-panel")
	b.press(kb.Escape)
	b.click("#theme")
	wantValue(b, "background after the switch", background, light)
	b.click("#theme")
	wantValue(b, "background after another", background, dark)
}

// TestBrowserRunsNoScriptOfReport checks that the page shows HTML in the texts of a report
// as text: scripts do not run, and images are not loaded.
func TestBrowserRunsNoScriptOfReport(t *testing.T) {
	reports := reporttest.Synthetic()
	b := openPage(t, reports, 1360, 1000)
	for _, report := range reports[:2] {
		b.click(cellSelector(report.Subject.Name, "other/hostile"))
		wantValue(b, "panel", panelIsOpen, true)
		wantValue(b, "title", `document.title`, "Samespan conformance")
		wantValue(b, "images", `document.images.length`, 0)
		b.screenshot("hostile")
		b.press(kb.Escape)
	}
	b.click(cellSelector(reports[0].Subject.Name, "other/many"))
	wantValue(b, "exchanges of a cell with many", `document.querySelectorAll("#panel .exchange").length <= 12`, true)
}
