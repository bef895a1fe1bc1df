package prometheus

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
)

var updatePictures = flag.Bool("update-pictures", false, "draw the pictures of the dashboards anew")

// pictureFile returns the path of a dashboard's picture. dashboardFile is the name of the
// dashboard's file. The pictures are stored outside core, so that users of core do not
// download them.
func pictureFile(dashboardFile string) string {
	return filepath.Join("pictures", strings.TrimSuffix(dashboardFile, ".json")+".svg")
}

// panelDisplay is the part of a panel's JSON that says how its data is displayed, such as
// units and thresholds. Only the pictures use it.
type panelDisplay struct {
	FieldConfig struct {
		Defaults struct {
			Unit       string
			Max        float64
			Custom     struct{ Stacking struct{ Mode string } }
			Thresholds struct {
				Steps []struct {
					Color string
					Value *float64
				}
			}
		}
		Overrides []struct {
			Matcher    struct{ Options string }
			Properties []struct {
				ID    string
				Value any
			}
		}
	}
	Transformations []struct {
		ID      string
		Options struct {
			IndexByName  map[string]int
			RenameByName map[string]string
		}
	}
}

// fingerprint returns a hash of a dashboard's panels. A picture contains the hash of the
// dashboard that it shows.
func fingerprint(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dashboardFolder, file))
	if err != nil {
		t.Fatal(err)
	}
	var d struct{ Panels json.RawMessage }
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(d.Panels))
}

// TestPicturesAreUpToDate checks that each dashboard has an up-to-date picture.
func TestPicturesAreUpToDate(t *testing.T) {
	if *updatePictures {
		t.Skip("they are drawn by TestDashboardsAndRulesWorkOnRealServices")
	}
	for file, b := range loadBoards(t) {
		picture, err := os.ReadFile(pictureFile(file))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(picture), "<!-- "+fingerprint(t, file)+" -->") {
			t.Errorf("%s is not of the present %s: make pictures", pictureFile(file), file)
		}
		for _, p := range b.Panels {
			if !strings.Contains(string(picture), ">"+p.Title+"<") {
				t.Errorf("%s has no panel %q", pictureFile(file), p.Title)
			}
		}
	}
}

// drawPictures draws each dashboard with the results of its queries: curves cover the
// whole test, and numbers are from the end of the part with faults.
func drawPictures(t *testing.T, w *testServices, d *database) {
	t.Helper()
	for file, b := range loadBoards(t) {
		data, err := os.ReadFile(filepath.Join(dashboardFolder, file))
		if err != nil {
			t.Fatal(err)
		}
		var displays struct{ Panels []panelDisplay }
		if err := json.Unmarshal(data, &displays); err != nil {
			t.Fatal(err)
		}
		height := 0
		for _, p := range b.Panels {
			height = max(height, p.GridPos.Y+p.GridPos.H)
		}
		picture := new(svg)
		picture.writef(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif">`, 24*columnWidth, height*rowHeight)
		picture.writef("<!-- %s -->", fingerprint(t, file))
		picture.writef(`<style>.panel{fill:#fff;stroke:#d5d7dc}.title{font-size:13px;font-weight:bold}.axis,.head{font-size:11px;fill:#464c54}.head{font-weight:bold}.right{text-anchor:end}.middle{text-anchor:middle}.grid{stroke:#e4e7ec}.line{fill:none;stroke-width:1.5}.stat{font-size:34px;font-weight:bold;text-anchor:middle}</style>`)
		picture.writef(`<rect width="%d" height="%d" fill="#f4f5f7"/>`, 24*columnWidth, height*rowHeight)
		for i, p := range b.Panels {
			panelDrawing{w, d, file, p, displays.Panels[i]}.draw(t, picture)
		}
		picture.writef("</svg>")
		if err := os.MkdirAll(filepath.Dir(pictureFile(file)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(pictureFile(file), []byte(picture.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// panelDrawing draws one panel with data from a database.
type panelDrawing struct {
	services *testServices
	database *database
	file     string // name of the dashboard's file
	panel
	panelDisplay
}

// draw adds the panel, with the results of its queries, to the picture of its dashboard.
func (p panelDrawing) draw(t *testing.T, picture *svg) {
	t.Helper()
	b := boxOf(p.panel)
	switch p.Type {
	case "row":
		picture.drawText(b.x+6, b.y+20, "title", p.Title)
	case "stat":
		inside := picture.drawFrame(b, p.Title)
		got := p.database.query(t, p.expression(0), p.services.prometheusTime(p.services.faultyUntil))
		if len(got) != 1 {
			t.Fatalf("%s: panel %q: got %v, want one number", p.file, p.Title, got)
		}
		picture.drawNumber(inside, formatWithUnit(got[0].value, p.FieldConfig.Defaults.Unit), p.colourOf(got[0].value))
	case "timeseries":
		inside := picture.drawFrame(b, p.Title)
		from, to := p.services.prometheusTime(p.services.healthyUntil).Add(-healthyDuration), p.services.prometheusTime(p.services.killedUntil)
		var curves []curve
		for i, target := range p.Targets {
			curves = append(curves, p.database.queryCurves(t, p.expression(i), target.LegendFormat, from, to)...)
		}
		if p.FieldConfig.Defaults.Custom.Stacking.Mode == "normal" {
			stackCurves(curves)
		}
		picture.drawCurves(inside, curves, p.FieldConfig.Defaults.Unit, p.FieldConfig.Defaults.Max, to.Sub(from))
	case "table":
		inside := picture.drawFrame(b, p.Title)
		head, rows := p.tableRows(t)
		picture.drawTable(inside, head, rows)
	default:
		t.Fatalf("%s: panel %q: %s panels are not drawn", p.file, p.Title, p.Type)
	}
}

// expression returns the panel's query with index i, for all services.
func (p panelDrawing) expression(i int) string {
	return replaceVariables(p.file, p.Targets[i].Expr, "(.+)")
}

// colourOf returns the colour of the highest threshold that is not above the value.
func (p panelDrawing) colourOf(v float64) string {
	colours := map[string]string{"green": "#299c46", "orange": "#e07c00", "red": "#d44a3a"}
	colour := colours["green"]
	for _, step := range p.FieldConfig.Defaults.Thresholds.Steps {
		if step.Value == nil || v >= *step.Value {
			colour = colours[step.Color]
		}
	}
	return colour
}

// tableRows returns the table of a panel: a row for each set of labels, with the value of
// each query at faultyUntil. If a query has no result at that time, such as the query for
// services that no longer report, it is evaluated at killedUntil.
func (p panelDrawing) tableRows(t *testing.T) (head []string, rows [][]string) {
	t.Helper()
	index, rename, units := map[string]int(nil), map[string]string(nil), make(map[string]string)
	for _, transformation := range p.Transformations {
		if transformation.ID == "organize" {
			index, rename = transformation.Options.IndexByName, transformation.Options.RenameByName
		}
	}
	for _, override := range p.FieldConfig.Overrides {
		for _, property := range override.Properties {
			if property.ID == "unit" {
				units[override.Matcher.Options] = fmt.Sprint(property.Value)
			}
		}
	}
	cells := make(map[string]map[string]string)
	for i, target := range p.Targets {
		got := p.database.query(t, p.expression(i), p.services.prometheusTime(p.services.faultyUntil))
		if len(got) == 0 {
			got = p.database.query(t, p.expression(i), p.services.prometheusTime(p.services.killedUntil))
		}
		value := "Value"
		if len(p.Targets) > 1 {
			value += " #" + target.RefID
		}
		for _, s := range got {
			key := s.labels.String()
			if cells[key] == nil {
				cells[key] = s.labels.Map()
			}
			if !math.IsNaN(s.value) {
				cells[key][value] = formatWithUnit(s.value, units[rename[value]])
			}
		}
	}
	names := slices.SortedFunc(maps.Keys(rename), func(a, b string) int {
		return cmp.Or(cmp.Compare(index[a], index[b]), -strings.Compare(a, b))
	})
	for _, name := range names {
		head = append(head, rename[name])
	}
	for _, key := range slices.Sorted(maps.Keys(cells)) {
		var row []string
		for _, name := range names {
			row = append(row, cells[key][name])
		}
		rows = append(rows, row)
	}
	return head, rows
}

// legendLabel matches a label in the format of a legend.
var legendLabel = regexp.MustCompile(`{{(\w+)}}`)

// queryCurves runs a query over a time range and returns a curve for each series. legend is
// the format of the names of the curves, such as "{{job}}".
func (d *database) queryCurves(t *testing.T, expression, legend string, from, to time.Time) (all []curve) {
	t.Helper()
	const step = 30 * time.Second
	query, err := d.engine.NewRangeQuery(t.Context(), d, nil, expression, from, to, step)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, expression)
	}
	defer query.Close()
	matrix, err := query.Exec(t.Context()).Matrix()
	if err != nil {
		t.Fatalf("%v in:\n%s", err, expression)
	}
	for _, s := range matrix {
		values := make([]float64, int(to.Sub(from)/step)+1)
		for i := range values {
			values[i] = math.NaN()
		}
		for _, point := range s.Floats {
			values[time.UnixMilli(point.T).Sub(from)/step] = point.F
		}
		all = append(all, curve{strings.TrimSpace(legendOf(s, legend)), values})
	}
	slices.SortFunc(all, func(a, b curve) int { return strings.Compare(a.name, b.name) })
	return all
}

// legendOf returns the format with each label, such as {{job}}, replaced by its value in the
// series.
func legendOf(s promql.Series, format string) string {
	return legendLabel.ReplaceAllStringFunc(format, func(match string) string {
		return s.Metric.Get(legendLabel.FindStringSubmatch(match)[1])
	})
}
