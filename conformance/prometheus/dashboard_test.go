package prometheus

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// dashboardFolder is the directory of the dashboards.
var dashboardFolder = filepath.Join("..", "..", "core", "dashboards")

// board is the part of a dashboard that the tests use.
type board struct {
	UID, Title string
	Templating struct {
		List []variable
	}
	Panels []panel
}

// variable is a variable of a dashboard, whose value users select.
type variable struct {
	Name, Type string
	AllValue   string
	Query      json.RawMessage
}

// panel is a panel of a dashboard, with its queries and its place in the grid.
type panel struct {
	ID      int
	Title   string
	Type    string
	Targets []struct {
		RefID, Expr, LegendFormat string
	}
	GridPos struct{ H, W, X, Y int }
}

// loadBoards returns the dashboards by file name.
func loadBoards(t *testing.T) map[string]board {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dashboardFolder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got the dashboards %q and %v", files, err)
	}
	all := make(map[string]board)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var b board
		if err := json.Unmarshal(data, &b); err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = b
	}
	return all
}

// TestIDsAreUniqueAndPanelsDoNotOverlap checks rules that the schema of dashboards does
// not contain: ids are unique, and panels do not overlap.
func TestIDsAreUniqueAndPanelsDoNotOverlap(t *testing.T) {
	uids := make(map[string]string)
	for file, b := range loadBoards(t) {
		if b.UID == "" || b.Title == "" || uids[b.UID] != "" {
			t.Errorf("%s: got uid %q and title %q, want a uid of its own (also of %s)", file, b.UID, b.Title, uids[b.UID])
		}
		uids[b.UID] = file
		ids, taken := make(map[int]bool), make(map[[2]int]string)
		for _, p := range b.Panels {
			if p.ID == 0 || ids[p.ID] {
				t.Errorf("%s: panel %q: got the id %d a second time, or none", file, p.Title, p.ID)
			}
			ids[p.ID] = true
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other, ok := taken[[2]int{x, y}]; ok || x >= 24 {
						t.Fatalf("%s: panel %q overlaps with %q, or the edge", file, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// TestEveryQueryHasExpectation checks that every query of every panel has an expectation,
// and that every expectation belongs to a panel.
func TestEveryQueryHasExpectation(t *testing.T) {
	all := loadBoards(t)
	for file, panels := range expectedResults {
		for title := range panels {
			if !slices.ContainsFunc(all[file].Panels, func(p panel) bool { return p.Title == title }) {
				t.Errorf("%s has no panel %q", file, title)
			}
		}
	}
	for file, b := range all {
		for _, p := range b.Panels {
			if p.Type != "row" && (len(p.Targets) == 0 || len(expectedResults[file][p.Title]) != len(p.Targets)) {
				t.Errorf("%s: panel %q: got %d expectations for %d queries", file, p.Title, len(expectedResults[file][p.Title]), len(p.Targets))
			}
		}
	}
}

// checkDashboards runs every query of every panel and variable, for all services together
// and for each service alone.
func checkDashboards(t *testing.T, w *testServices, d *database) {
	t.Helper()
	at := w.prometheusTime(w.faultyUntil)
	for _, file := range slices.Sorted(maps.Keys(expectedResults)) {
		b := loadBoards(t)[file]
		jobs := checkVariables(t, w, d, b)
		for _, p := range b.Panels {
			for i, target := range p.Targets {
				where := fmt.Sprintf("%s: panel %q, query %s", file, p.Title, target.RefID)
				if i >= len(expectedResults[file][p.Title]) {
					continue // TestEveryQueryHasExpectation reports missing expectations
				}
				expression := replaceVariables(file, target.Expr, "(.+)")
				got := d.query(t, expression, at)
				if len(got) == 0 && p.Title != "Services that no longer report" {
					t.Errorf("%s: got nothing from:\n%s", where, expression)
				}
				if n := d.countRangeValues(t, expression, at.Add(-20*time.Minute), at, 30*time.Second); len(got) > 0 && n < 5 {
					t.Errorf("%s: got %d numbers over 20 minutes from:\n%s", where, n, expression)
				}
				for _, problem := range expectedResults[file][p.Title][i](querySelection{w, w.allServices(), w.faultyUntil}, got) {
					t.Errorf("%s, all services: %s, from:\n%s", where, problem, expression)
				}
				for _, s := range w.allServices() {
					if !slices.Contains(jobs, s.job) {
						continue
					}
					expression := replaceVariables(file, target.Expr, "("+s.job+")")
					got := d.query(t, expression, at)
					for _, problem := range expectedResults[file][p.Title][i](querySelection{w, []*service{s}, w.faultyUntil}, got) {
						t.Errorf("%s, %s alone: %s, from:\n%s", where, s.job, problem, expression)
					}
					for _, g := range got {
						if job := g.labels.Get("job"); job != "" && job != s.job {
							t.Errorf("%s, %s alone: got %s from:\n%s", where, s.job, g.labels, expression)
						}
					}
				}
			}
		}
	}
	vanishedQuery := replaceVariables("telemetry.json", expressionOf(t, "telemetry.json", "Services that no longer report"), "(.+)")
	if got := d.query(t, vanishedQuery, w.prometheusTime(w.killedUntil)); len(got) != 1 || got[0].labels.Get("job") != w.killedService.job {
		t.Errorf("a service was killed: got %v, want %s, from:\n%s", got, w.killedService.job, vanishedQuery)
	}
}

// expressionOf returns the first query of the panel with the title.
func expressionOf(t *testing.T, file, title string) string {
	t.Helper()
	for _, p := range loadBoards(t)[file].Panels {
		if p.Title == title {
			return p.Targets[0].Expr
		}
	}
	t.Fatalf("%s has no panel %q", file, title)
	return ""
}

// replaceVariables replaces Grafana's variables in an expression. job is the value of the
// variable job. The other variables have the value All.
func replaceVariables(file, expression, job string) string {
	interval := "5m"
	if file == "go-runtime.json" {
		// The services update runtime metrics only every 15 seconds, which are 15 minutes
		// of Prometheus.
		interval = "20m"
	}
	return strings.NewReplacer(
		"$job", job, "$method", ".*", "$route", ".*", "$instance", ".*",
		"$__rate_interval", interval, "$__range", "30m",
	).Replace(expression)
}

// checkVariables runs the queries of a dashboard's variables, and returns the services
// that users can select.
func checkVariables(t *testing.T, w *testServices, d *database, b board) (jobs []string) {
	t.Helper()
	for _, v := range b.Templating.List {
		if v.Type != "query" {
			continue
		}
		var query struct{ Query string }
		if err := json.Unmarshal(v.Query, &query); err != nil {
			t.Fatal(err)
		}
		inner, ok := strings.CutPrefix(query.Query, "label_values(")
		inner, closed := strings.CutSuffix(inner, ")")
		comma := strings.LastIndex(inner, ", ")
		if !ok || !closed || comma < 0 {
			t.Fatalf("%s: variable %s: got the query %q, want label_values(selector, label)", b.Title, v.Name, query.Query)
		}
		selector := strings.ReplaceAll(inner[:comma], "$job", "(.+)")
		values := d.labelValues(t, selector, inner[comma+2:], w.prometheusTime(w.faultyUntil))
		if len(values) == 0 {
			t.Errorf("%s: variable %s: got no values from %s", b.Title, v.Name, query.Query)
		}
		if v.Name == "job" {
			jobs = values
			for _, s := range w.allServices() {
				if !slices.Contains(values, s.job) {
					t.Errorf("%s: got the services %q, want %s among them", b.Title, values, s.job)
				}
			}
		}
	}
	return jobs
}
