package prometheus

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// schemaProblems checks a dashboard against the schema in Grafana's SDK and returns the
// problems: unknown fields, missing fields and wrong types. It checks the dashboard, its
// panels, their options and their queries. It does not check the values of enumerations:
// the schema allows any string.
func schemaProblems(data []byte) []string {
	plugins.RegisterDefaultPlugins()
	var d dashboard.Dashboard //nolint:staticcheck // the files are of the schema before version 2, which every Grafana reads
	problems := make(map[string]bool)
	for _, err := range []error{d.UnmarshalJSONStrict(data), d.Validate()} {
		// An empty cog.BuildErrors is an error that is not nil, but has no problems.
		if list := cog.BuildErrors(nil); errors.As(err, &list) {
			for _, problem := range list {
				problems[problem.Error()] = true
			}
		} else if err != nil {
			problems[err.Error()] = true
		}
	}
	return slices.Sorted(maps.Keys(problems))
}

// readDashboard reads a file in dashboardFolder.
func readDashboard(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dashboardFolder, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDashboardsMatchSchema checks that the dashboards match the schema in Grafana's SDK.
func TestDashboardsMatchSchema(t *testing.T) {
	for file := range loadBoards(t) {
		for _, problem := range schemaProblems(readDashboard(t, file)) {
			t.Errorf("%s: %s", file, problem)
		}
	}
}

// TestSchemaFindsMistakes makes mistakes of each kind in a real dashboard, and checks that
// schemaProblems finds them.
func TestSchemaFindsMistakes(t *testing.T) {
	type object = map[string]any
	for name, test := range map[string]struct {
		// mistake changes a dashboard. It is given the dashboard, its first panel with a
		// query, and that query.
		mistake func(board, panel, query object)
		want    string
	}{
		"an unknown field of the dashboard": {func(board, _, _ object) { board["refreshEvery"] = "10s" }, "refreshEvery"},
		"an unknown field of a panel":       {func(_, panel, _ object) { panel["tittle"] = "Requests" }, "tittle"},
		"an unknown option of a panel":      {func(_, panel, _ object) { panel["options"].(object)["colourMode"] = "value" }, "colourMode"},
		"an unknown field of a query":       {func(_, _, query object) { query["expression"] = "up" }, "expression"},
		"a number where text belongs":       {func(board, _, _ object) { board["title"] = 7 }, "title"},
		"text where a number belongs":       {func(_, panel, _ object) { panel["gridPos"].(object)["w"] = "wide" }, "gridPos.w"},
		"a panel without a type":            {func(_, panel, _ object) { delete(panel, "type") }, "type"},
		"no version of the schema":          {func(board, _, _ object) { delete(board, "schemaVersion") }, "schemaVersion"},
	} {
		t.Run(name, func(t *testing.T) {
			var b object
			if err := json.Unmarshal(readDashboard(t, "http-server.json"), &b); err != nil {
				t.Fatal(err)
			}
			var first, query object
			for _, p := range b["panels"].([]any) {
				if targets, ok := p.(object)["targets"].([]any); ok && len(targets) > 0 {
					first, query = p.(object), targets[0].(object)
					break
				}
			}
			test.mistake(b, first, query)
			data, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			if got := schemaProblems(data); !strings.Contains(strings.Join(got, "\n"), test.want) {
				t.Errorf("got %q, want a problem with %s", got, test.want)
			}
		})
	}
}
