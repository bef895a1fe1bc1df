package bench

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// WriteRows writes the costs of requests as a table for a terminal. Times are in
// nanoseconds. The table has the allocations and bytes that a variant adds to the bare
// framework.
func WriteRows(w io.Writer, rows []Row) {
	t := newTable(w)
	fmt.Fprintln(t, "mode\tframework\tbare\tours\tupstream\tfloor\tadded\tallocs ours\tupstream\tfloor\tbytes ours\tupstream\tfloor\tours/floor\tours/upstream\tours/copy\t")
	for i := range rows {
		r := &rows[i]
		upstream, allocations, bytes := dash, dash, dash
		if u := r.Upstream; u != nil {
			upstream, allocations, bytes = formatWhole(u.Nanoseconds), formatWhole(u.Allocations-r.Bare.Allocations), formatWhole(u.Bytes-r.Bare.Bytes)
		}
		fmt.Fprintf(t, "%s\t%s\t%.0f\t%.0f\t%s\t%.0f\t%.0f\t%.0f\t%s\t%.0f\t%.0f\t%s\t%.0f\t%s\t%s\t%s\t\n", r.Mode, r.Framework,
			r.Bare.Nanoseconds, r.Ours.Nanoseconds, upstream, r.Floor.Nanoseconds, r.Added,
			r.Ours.Allocations-r.Bare.Allocations, allocations, r.Floor.Allocations,
			r.Ours.Bytes-r.Bare.Bytes, bytes, r.Floor.Bytes, formatRatio(r.ToFloor), formatRatio(r.ToUpstream), formatRatio(r.ToCopy))
	}
	flushTable(t)
	writePeerRows(w, rows)
}

// writePeerRows writes the costs of the vendors' instrumentations.
func writePeerRows(w io.Writer, rows []Row) {
	if !anyHasPeers(rows) {
		return
	}
	t := newTable(w)
	fmt.Fprintln(t, "mode\tframework\tpeer\tadds\tours/peer\tallocs\tbytes\t")
	for i := range rows {
		r := &rows[i]
		for _, p := range r.Peers {
			fmt.Fprintf(t, "%s\t%s\t%s\t%.0f\t%s\t%.0f\t%.0f\t\n", r.Mode, r.Framework, p.Name, p.Added, formatRatio(p.FromOurs),
				p.Cost.Allocations-r.Bare.Allocations, p.Cost.Bytes-r.Bare.Bytes)
		}
	}
	flushTable(t)
}

// WriteScale writes how costs grow with the size of a service, as a table for a terminal.
func WriteScale(w io.Writer, rows []ScaleRow) {
	t := newTable(w)
	fmt.Fprintln(t, "framework\tof\tsize\tbare\tours\tfloor\tadded\tours/first\tfloor/first\tours/floor\tallocs\tbytes each\tfloor bytes each\t")
	for i := range rows {
		r := &rows[i]
		for j := range r.Steps {
			s := &r.Steps[j]
			fmt.Fprintf(t, "%s\t%s\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t%s\t%s\t%s\t%.0f\t%.0f\t%.0f\t\n", r.Framework, r.What, s.Size,
				s.Bare.Nanoseconds, s.Ours.Nanoseconds, s.Floor.Nanoseconds, s.Added, formatRatio(s.ToFirst), formatRatio(s.FloorToFirst), formatRatio(s.ToFloor), s.Ours.Allocations-s.Bare.Allocations, r.Memory, r.FloorMemory)
		}
	}
	flushTable(t)
}

// WriteProcesses writes the costs of whole services as a table for a terminal.
func WriteProcesses(w io.Writer, rows []ProcessRow) {
	t := newTable(w)
	fmt.Fprintln(t, "service\trate\tvariant\tµs a request\tMB idle\tMB\trequests a second\tspans received\tours adds/this adds\t")
	for i := range rows {
		r := &rows[i]
		for _, c := range r.Services {
			fmt.Fprintf(t, "%s\t%s\t%s\t%.1f\t%.0f\t%.0f\t%.0f\t%s\t%s\t\n", r.Framework, FormatRate(r.Rate), c.Variant,
				c.Microseconds, c.AtRest, c.Memory, c.Requests, formatRatio(c.Arrived), formatRatio(c.FromOurs))
		}
	}
	flushTable(t)
}

// WriteProfiles writes where services spend their time, as a table for a terminal.
func WriteProfiles(w io.Writer, rows []ProfileRow) {
	t := newTable(w)
	fmt.Fprint(t, "framework (µs a request)\tvariant\tsamples\t")
	for _, p := range partDescriptions {
		fmt.Fprintf(t, "%s\t", p.part)
	}
	fmt.Fprintln(t)
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(t, "%s\t%s\t%d\t", r.Framework, r.Variant, r.Samples)
		for _, p := range partDescriptions {
			fmt.Fprintf(t, "%.1f\t", r.Microseconds[p.part])
		}
		fmt.Fprintln(t)
	}
	flushTable(t)
}

// FormatRate formats a request rate with thousands separators, as 10,000. It returns
// "full load" for 0.
func FormatRate(rate int) string {
	switch {
	case rate == 0:
		return "full load"
	case rate < 1000:
		return strconv.Itoa(rate)
	default:
		return fmt.Sprintf("%d,%03d", rate/1000, rate%1000)
	}
}

// newTable returns a writer for a table with aligned columns. flushTable writes the table
// to w.
func newTable(w io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
}

// flushTable writes the table and an empty line to the table's output. It ignores a write
// error, because the next write to the output returns the same error.
func flushTable(t *tabwriter.Writer) {
	fmt.Fprintln(t)
	_ = t.Flush()
}

// dash is the content of a cell without a value.
const dash = "–"

// formatRatio formats a ratio. It returns a dash for 0, which stands for a missing ratio.
func formatRatio(r float64) string {
	if r == 0 {
		return dash
	}
	return fmt.Sprintf("%.2f", r)
}

// formatWhole formats f, rounded to a whole number.
func formatWhole(f float64) string { return fmt.Sprintf("%.0f", f) }
