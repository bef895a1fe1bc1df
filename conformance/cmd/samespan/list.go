package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/samespan/samespan/conformance/internal/catalogue"
)

// runList is the command list.
func runList(_ context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("list", flag.ContinueOnError)
	capabilities := flags.Bool("capabilities", false, "list the capabilities instead of the checks")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("list: got the arguments %q, want flags only", flags.Args())
	}
	if *capabilities {
		return catalogue.Capabilities(out)
	}
	return catalogue.Checks(out)
}
