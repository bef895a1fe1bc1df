package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// runList is the command list.
func runList(_ context.Context, _ []string, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SUBJECT\tFRAMEWORK\tROUTE OF GET /process/{item_id}")
	for _, s := range subject.All {
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, s.Framework, s.Process)
	}
	return table.Flush()
}
