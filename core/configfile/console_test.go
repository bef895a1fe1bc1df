package configfile_test

import (
	"strings"
	"testing"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/internal/logtest"
)

// TestConsolePrintsAllSignals proves that the console exporters of a file print all three
// signals to the writer of core.WithDevelopment.
func TestConsolePrintsAllSignals(t *testing.T) {
	clearEnvironment(t)
	for _, kind := range []string{"simple", "batch"} {
		console := "{" + kind + ": {exporter: {console: }}}"
		output := new(logtest.Buffer)
		tel, _ := setup(t, writeFile(t, `
file_format: "1.0"
propagator: {composite_list: tracecontext}
tracer_provider: {processors: [`+console+`]}
logger_provider: {processors: [`+console+`]}
meter_provider: {readers: [{periodic: {exporter: {console: {temporality_preference: delta}}}}]}
`), core.WithDevelopment(output))
		emitItems(tel, 1)
		counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
		if err != nil {
			t.Fatal(err)
		}
		counter.Add(t.Context(), 1)
		mustShutdown(t, tel)
		got := output.String()
		for _, want := range []string{"work", "INTERNAL", `"Name": "things"`, `"DeltaTemporality"`, `"SeverityText"`} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got\n%s\nwant %s in it", kind, got, want)
			}
		}
		if s := tel.Stats(); s.Traces != (core.SpanStats{Ended: 1, Exported: 1}) || s.Logs != (core.LogStats{Ended: 1, Exported: 1}) {
			t.Errorf("%s: got %+v", kind, s)
		}
	}
}
