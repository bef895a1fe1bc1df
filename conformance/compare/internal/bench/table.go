package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteRows writes the costs of requests as a table for a terminal: times in
// nanoseconds; allocations and bytes over the bare framework.
func WriteRows(w io.Writer, rows []Row) {
	t := newTable(w)
	fmt.Fprintln(t, "mode\tframework\tbare\tours\tupstream\tfloor\tadded\tallocs ours\tupstream\tfloor\tbytes ours\tupstream\tfloor\tto floor\tto upstream\t")
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(t, "%s\t%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%s\t%s\t\n", r.Mode, r.Framework,
			r.Bare.Nanoseconds, r.Ours.Nanoseconds, r.Upstream.Nanoseconds, r.Floor.Nanoseconds, r.Added,
			r.Ours.Allocations-r.Bare.Allocations, r.Upstream.Allocations-r.Bare.Allocations, r.Floor.Allocations,
			r.Ours.Bytes-r.Bare.Bytes, r.Upstream.Bytes-r.Bare.Bytes, r.Floor.Bytes, ratio(r.ToFloor), ratio(r.ToUpstream))
	}
	end(t)
}

// WriteScale writes how costs grow.
func WriteScale(w io.Writer, rows []ScaleRow) {
	t := newTable(w)
	fmt.Fprintln(t, "framework\tof\tsize\tbare\tours\tfloor\tadded\tto the first\tto floor\tallocs\t")
	for i := range rows {
		r := &rows[i]
		for j := range r.Steps {
			s := &r.Steps[j]
			fmt.Fprintf(t, "%s\t%s\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t%s\t%s\t%.0f\t\n", r.Framework, r.What, s.Size,
				s.Bare.Nanoseconds, s.Ours.Nanoseconds, s.Floor.Nanoseconds, s.Added, ratio(s.ToFirst), ratio(s.ToFloor), s.Ours.Allocations-s.Bare.Allocations)
		}
	}
	end(t)
}

// WriteProcesses writes the costs of whole services, in microseconds of
// processor time for a request.
func WriteProcesses(w io.Writer, rows []ProcessRow) {
	t := newTable(w)
	fmt.Fprintln(t, "process\tbare\tours\tupstream\tto upstream\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%.1f\t%s\t\n", r.Framework, r.Bare, r.Ours, r.Upstream, ratio(r.ToUpstream))
	}
	end(t)
}

func newTable(w io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
}

// end ends a table. A terminal that is gone is noticed by whoever writes next.
func end(t *tabwriter.Writer) {
	fmt.Fprintln(t)
	_ = t.Flush()
}

// ratio writes what is too much or too little to compare as a dash.
func ratio(r float64) string {
	if r == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", r)
}
