package comparison

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/bench"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// WriteFigures writes the figures of the README for this project and the official
// middlewares: the number of failed checks and the cost of a request.
func WriteFigures(w io.Writer, golden *matrix.Expectation, measured *bench.Result) {
	var names []string
	var ours, official []float64
	subjects := subject.Compared()
	for i := range subjects {
		switch failed := float64(countFailures(golden, subjects[i].Name)); {
		case subjects[i].Official:
			names = append(names, formatCode(subjects[i].Name))
			official = append(official, failed)
		case !subjects[i].Upstream:
			ours = append(ours, failed)
		}
	}
	writeRow(w, "", "Samespan", strings.Join(names, ", "))
	writeRow(w, "---", "---", "---")
	writeRow(w, fmt.Sprintf("[checks](conformance/README.md) that fail, of %d", len(golden.Checks())), formatRange("%.0f", ours), formatRange("%.0f", official))

	var added, addedUpstream, allocated, allocatedUpstream []float64
	for i := range measured.Requests {
		r := &measured.Requests[i]
		if r.Mode != "sampled" {
			continue
		}
		added = append(added, r.Added/1000)
		allocated = append(allocated, r.Ours.Allocations-r.Bare.Allocations)
		if r.Upstream != nil && r.ToUpstream > 0 {
			addedUpstream = append(addedUpstream, r.Added/r.ToUpstream/1000)
			allocatedUpstream = append(allocatedUpstream, r.Upstream.Allocations-r.Bare.Allocations)
		}
	}
	writeRow(w, "[time and allocations](conformance/COSTS.md) that the middleware adds to a sampled request",
		formatRange("%.1f", added)+" µs, "+formatRange("%.0f", allocated)+" allocations", formatRange("%.1f", addedUpstream)+" µs, "+formatRange("%.0f", allocatedUpstream)+" allocations")
	var ratios []float64
	for _, r := range measured.Processes {
		if r.Rate == bench.HeadlineRate && r.ToUpstream > 0 {
			ratios = append(ratios, r.ToUpstream*100)
		}
	}
	writeRow(w, "processor time of a whole service at "+bench.FormatRate(bench.HeadlineRate)+" requests a second, including the export, relative to the service with the official middleware", formatRange("%.0f", ratios)+" %", "100 %")
}

// countFailures returns how many checks the subject fails.
func countFailures(golden *matrix.Expectation, name string) int {
	n := 0
	for _, check := range golden.Checks() {
		if golden.Outcome(name, check) == conformance.Fail {
			n++
		}
	}
	return n
}

// formatRange formats the minimum and maximum of the values, or a single value if both
// are equal.
func formatRange(format string, values []float64) string {
	if len(values) == 0 {
		return "–"
	}
	least, greatest := fmt.Sprintf(format, slices.Min(values)), fmt.Sprintf(format, slices.Max(values))
	if least == greatest {
		return least
	}
	return least + " to " + greatest
}
