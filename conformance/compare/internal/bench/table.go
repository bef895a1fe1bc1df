package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes rows as a table for a terminal.
func WriteText(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "mode\tframework\tbare ns\tours ns\tupstream ns\tfloor ns\tadded ns\tallocs\tupstream\tfloor\tbytes\tupstream\tfloor\tto floor\tto upstream\t")
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(t, "%s\t%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%s\t%s\t\n", r.Mode, r.Framework,
			r.Bare.Nanoseconds, r.Ours.Nanoseconds, r.Upstream.Nanoseconds, r.Floor.Nanoseconds, r.Added,
			r.Ours.Allocations-r.Bare.Allocations, r.Upstream.Allocations-r.Bare.Allocations, r.Floor.Allocations,
			r.Ours.Bytes-r.Bare.Bytes, r.Upstream.Bytes-r.Bare.Bytes, r.Floor.Bytes, ratio(r.ToFloor), ratio(r.ToUpstream))
	}
	return t.Flush()
}

func ratio(r float64) string {
	if r == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", r)
}
