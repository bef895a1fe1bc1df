package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/command"
)

// runMatrix is the command matrix.
func runMatrix(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	var (
		selection command.Selection
		output    command.Output
		program   command.Program
	)
	selection.Flags(flags)
	output.Flags(flags)
	program.Flags(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("matrix: got the arguments %q, want flags only", flags.Args())
	case !program.IsGiven():
		return errors.New("matrix: want --exec to start the program, or --url if the program is already running")
	}
	if err := errors.Join(output.Validate(), program.Validate()); err != nil {
		return err
	}
	options, err := selection.Options()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	subject, err := program.Subject(ctx, os.Stderr)
	if err != nil {
		return err
	}
	write, err := output.Create(out)
	if err != nil {
		return err
	}
	reports, err := command.Judge(ctx, os.Stderr, []conformance.Subject{subject}, append(options, program.Options()...)...)
	if err != nil {
		return err
	}
	if err := write(reports); err != nil {
		return err
	}
	return command.Verdict(os.Stderr, reports, command.NoFailure)
}
