package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/command"
	"github.com/samespan/samespan/conformance/internal/report"
)

// runReport is the command report.
func runReport(_ context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	var output command.Output
	output.Flags(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case flags.NArg() == 0:
		return errors.New("report: want the names of one or more files that matrix wrote with --format json")
	}
	if err := output.Validate(); err != nil {
		return err
	}
	var reports []conformance.Report
	for _, name := range flags.Args() {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		read, err := report.Read(file)
		_ = file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		reports = append(reports, read...)
	}
	report.Distinguish(reports)
	write, err := output.Create(out)
	if err != nil {
		return err
	}
	return write(reports)
}
