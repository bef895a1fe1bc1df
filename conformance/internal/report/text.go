package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/samespan/samespan/conformance"
)

// cellWidth is the width of a column. The subjects' names do not fit into a column and
// are printed above, each on its own line.
const cellWidth = 6

// levelWidth is the width of the column of levels.
const levelWidth = len(conformance.Requirement) + 2

// Text writes the matrix for a terminal: the checks with their levels, the
// outcomes, and the versions of the subjects.
func Text(w io.Writer, reports []conformance.Report) error {
	b := bufio.NewWriter(w)
	rows := Checks(reports)
	width := len("check")
	for _, c := range rows {
		width = max(width, len(c.ID))
	}
	for i := range reports {
		line := strings.Repeat(" ", width+2+levelWidth) + strings.Repeat("|"+strings.Repeat(" ", cellWidth-1), i)
		fmt.Fprintln(b, line+reports[i].Subject.Name)
	}
	for _, c := range rows {
		line := fmt.Sprintf("%-*s  %-*s", width, c.ID, levelWidth, c.Level)
		for i := range reports {
			line += fmt.Sprintf("%-*s", cellWidth, outcomeWords[Outcome(&reports[i], c.ID)])
		}
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
	fmt.Fprintln(b)
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "subject\tframework\tinstrumentation")
	for _, o := range conformance.Outcomes() {
		fmt.Fprintf(table, "\t%s", outcomeWords[o])
	}
	for _, level := range levels {
		fmt.Fprintf(table, "\t%s", failureHeadings[level])
	}
	fmt.Fprintln(table, "\ttime")
	for i := range reports {
		s := reports[i].Subject
		fmt.Fprintf(table, "%s\t%s\t%s", s.Name, withVersion(s.Framework, s.FrameworkVersion), withVersion(s.Instrumentation, s.InstrumentationVersion))
		for _, o := range conformance.Outcomes() {
			fmt.Fprintf(table, "\t%d", reports[i].Count(o))
		}
		for _, level := range levels {
			fmt.Fprintf(table, "\t%d", countFailures(&reports[i], level))
		}
		fmt.Fprintf(table, "\t%.1f s\n", time.Duration(reports[i].Duration).Seconds())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return b.Flush()
}

// withVersion returns a name followed by its version, which may be "".
func withVersion(name, version string) string {
	if version == "" {
		return name
	}
	return name + " " + version
}
