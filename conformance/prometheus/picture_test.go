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

// pictureFile returns the file of a dashboard's picture. It is stored outside core, so
// that users of core do not download it.
func pictureFile(file string) string {
	return filepath.Join("pictures", strings.TrimSuffix(file, ".json")+".svg")
}

// panelLayout is the part of a panel, in addition to its queries, that a picture shows.
type panelLayout struct {
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

// TestPictures checks that each dashboard has an up-to-date picture.
func TestPictures(t *testing.T) {
	if *updatePictures {
		t.Skip("they are drawn by TestServices")
	}
	for file, b := range boards(t) {
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
	for file, b := range boards(t) {
		data, err := os.ReadFile(filepath.Join(dashboardFolder, file))
		if err != nil {
			t.Fatal(err)
		}
		var sketches struct{ Panels []panelLayout }
		if err := json.Unmarshal(data, &sketches); err != nil {
			t.Fatal(err)
		}
		height := 0
		for _, p := range b.Panels {
			height = max(height, p.GridPos.Y+p.GridPos.H)
		}
		picture := new(svg)
		picture.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif">`, 24*columnWidth, height*rowHeight)
		picture.add("<!-- %s -->", fingerprint(t, file))
		picture.add(`<style>.panel{fill:#fff;stroke:#d5d7dc}.title{font-size:13px;font-weight:bold}.axis,.head{font-size:11px;fill:#464c54}.head{font-weight:bold}.right{text-anchor:end}.middle{text-anchor:middle}.grid{stroke:#e4e7ec}.line{fill:none;stroke-width:1.5}.stat{font-size:34px;font-weight:bold;text-anchor:middle}</style>`)
		picture.add(`<rect width="%d" height="%d" fill="#f4f5f7"/>`, 24*columnWidth, height*rowHeight)
		for i, p := range b.Panels {
			drawing{w, d, file, p, sketches.Panels[i]}.draw(t, picture)
		}
		picture.add("</svg>")
		if err := os.MkdirAll(filepath.Dir(pictureFile(file)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(pictureFile(file), []byte(picture.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// drawing draws one panel.
type drawing struct {
	w    *testServices
	d    *database
	file string
	panel
	panelLayout
}

func (p drawing) draw(t *testing.T, picture *svg) {
	t.Helper()
	b := boxOf(p.panel)
	switch p.Type {
	case "row":
		picture.text(b.x+6, b.y+20, "title", p.Title)
	case "stat":
		inside := picture.frame(b, p.Title)
		got := p.d.query(t, p.expression(0), p.w.prometheusTime(p.w.faultyUntil))
		if len(got) != 1 {
			t.Fatalf("%s: panel %q: got %v, want one number", p.file, p.Title, got)
		}
		picture.stat(inside, withUnit(got[0].value, p.FieldConfig.Defaults.Unit), p.colour(got[0].value))
	case "timeseries":
		inside := picture.frame(b, p.Title)
		from, to := p.w.prometheusTime(p.w.healthyUntil).Add(-healthyTime), p.w.prometheusTime(p.w.killedUntil)
		var curves []curve
		for i, target := range p.Targets {
			curves = append(curves, p.d.curves(t, p.expression(i), target.LegendFormat, from, to)...)
		}
		if p.FieldConfig.Defaults.Custom.Stacking.Mode == "normal" {
			stackCurves(curves)
		}
		picture.plot(inside, curves, p.FieldConfig.Defaults.Unit, p.FieldConfig.Defaults.Max, to.Sub(from))
	case "table":
		inside := picture.frame(b, p.Title)
		head, rows := p.table(t)
		picture.table(inside, head, rows)
	default:
		t.Fatalf("%s: panel %q: %s panels are not drawn", p.file, p.Title, p.Type)
	}
}

// expression returns the query with index i, for all services.
func (p drawing) expression(i int) string { return replaceVariables(p.file, p.Targets[i].Expr, "(.+)") }

// colour returns the colour of the highest threshold that is not above the value.
func (p drawing) colour(v float64) string {
	colours := map[string]string{"green": "#299c46", "orange": "#e07c00", "red": "#d44a3a"}
	colour := colours["green"]
	for _, step := range p.FieldConfig.Defaults.Thresholds.Steps {
		if step.Value == nil || v >= *step.Value {
			colour = colours[step.Color]
		}
	}
	return colour
}

// table returns the table of a panel: a row for each set of labels, with the value of
// each query at faultyUntil. A query that has no result then, as one for services that
// have vanished, is evaluated at killedUntil.
func (p drawing) table(t *testing.T) (head []string, rows [][]string) {
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
		got := p.d.query(t, p.expression(i), p.w.prometheusTime(p.w.faultyUntil))
		if len(got) == 0 {
			got = p.d.query(t, p.expression(i), p.w.prometheusTime(p.w.killedUntil))
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
				cells[key][value] = withUnit(s.value, units[rename[value]])
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

// curves runs a query over a time range. The format gives the names of the series.
func (d *database) curves(t *testing.T, expression, format string, from, to time.Time) (all []curve) {
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
		all = append(all, curve{strings.TrimSpace(legendOf(s, format)), values})
	}
	slices.SortFunc(all, func(a, b curve) int { return strings.Compare(a.name, b.name) })
	return all
}

func legendOf(s promql.Series, format string) string {
	return legendLabel.ReplaceAllStringFunc(format, func(match string) string {
		return s.Metric.Get(legendLabel.FindStringSubmatch(match)[1])
	})
}
