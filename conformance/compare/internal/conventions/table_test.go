package conventions

import (
	"os"
	"strings"
	"testing"
)

// The requirement levels of attributes and metrics.
const (
	levelRequired    = "Required"
	levelConditional = "Conditionally Required"
	levelRecommended = "Recommended"
	levelOptIn       = "Opt-In"
)

// attributeRow is an attribute's row in a table. level is the requirement level. The field
// metrics says which metrics have the attribute, such as "all metrics". It is empty for
// the attributes of spans.
type attributeRow struct{ valueType, level, metrics string }

// metricRow is a metric's row in a table. instrument is the kind of instrument, such as
// "histogram", and level is the requirement level.
type metricRow struct{ instrument, unit, level string }

// telemetryTables has the rows of the tables in TELEMETRY.md by name: the attributes of
// spans, the metrics, and the attributes of metric series.
type telemetryTables struct {
	spanAttributes   map[string]attributeRow
	metrics          map[string]metricRow
	seriesAttributes map[string]attributeRow
}

// readTelemetryTables parses the three tables of TELEMETRY.md.
func readTelemetryTables(t *testing.T) telemetryTables {
	t.Helper()
	text, err := os.ReadFile("../../../../core/httpserver/TELEMETRY.md")
	if err != nil {
		t.Fatal(err)
	}
	read := telemetryTables{spanAttributes: make(map[string]attributeRow), metrics: make(map[string]metricRow), seriesAttributes: make(map[string]attributeRow)}
	addRow := func([]string) {}
	for line := range strings.Lines(string(text)) {
		cells := cellsOf(line)
		switch {
		case len(cells) < 2:
			addRow = func([]string) {}
		case cells[0] == "metric":
			addRow = func(c []string) { read.metrics[c[0]] = metricRow{instrument: c[1], unit: c[2], level: c[3]} }
		case cells[0] == "attribute" && cells[4] == "on":
			addRow = func(c []string) {
				read.seriesAttributes[c[0]] = attributeRow{valueType: c[1], level: c[2], metrics: c[4]}
			}
		case cells[0] == "attribute":
			addRow = func(c []string) { read.spanAttributes[c[0]] = attributeRow{valueType: c[1], level: c[2]} }
		case !strings.HasPrefix(cells[0], "---"):
			addRow(cells)
		}
	}
	if len(read.spanAttributes) < 15 || len(read.metrics) != 4 || len(read.seriesAttributes) < 6 {
		t.Fatalf("got %d attributes, %d metrics and %d attributes of series of TELEMETRY.md", len(read.spanAttributes), len(read.metrics), len(read.seriesAttributes))
	}
	return read
}

// cellsOf returns the cells of a line that is a row of a table, or nil for any other line.
func cellsOf(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	var cells []string
	for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
		cells = append(cells, strings.Trim(cell, " `"))
	}
	return cells
}

// findAttribute returns the row of a span's attribute, and whether there is one. All captured
// headers of requests share a row, and so do those of responses.
func (tb telemetryTables) findAttribute(key string) (attributeRow, bool) {
	for _, prefix := range []string{"http.request.header.", "http.response.header."} {
		if strings.HasPrefix(key, prefix) {
			key = prefix + "<name>"
		}
	}
	row, ok := tb.spanAttributes[key]
	return row, ok
}

// typeOf returns the table's name for the type of a value.
func typeOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case int64:
		return "int"
	case []string:
		return "string[]"
	default:
		return "another"
	}
}
