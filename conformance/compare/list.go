package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/internal/catalogue"
)

// runList runs the command list.
func runList(_ context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		return fmt.Errorf("list: got the arguments %q, want none", args)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SUBJECT\tFRAMEWORK\tVERSION\tINSTRUMENTATION\tROUTE OF GET /process/{item_id}")
	for _, s := range subject.Compared() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.Name, s.Framework, s.Version, s.InstrumentationVersion, s.Process)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nCHECKS")
	return catalogue.Checks(out)
}
