package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/internal/command"
)

// goldenMatrix has the expected outcome of every check on every subject.
//
//go:embed testdata/matrix.golden
var goldenMatrix []byte

// matrixFlags are the flags of the command matrix.
type matrixFlags struct {
	subjects  command.List
	selection command.Selection // selects the checks
	output    command.Output    // format and file of the reports
	// updateFile is the path of the file to write the outcomes to as the new expected
	// outcomes, or "".
	updateFile string
	program    command.Program // the user's program, if it is checked instead of subjects
}

// parseMatrixFlags parses and checks the arguments of the command matrix.
func parseMatrixFlags(args []string) (matrixFlags, error) {
	var f matrixFlags
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	flags.Var(&f.subjects, "subject", "run the checks only on these `subjects`, separated by commas (default all)")
	f.selection.Flags(flags)
	f.output.Flags(flags)
	flags.StringVar(&f.updateFile, "update", "", "write the outcomes to this `file` as the new expected outcomes")
	f.program.Flags(flags)
	if err := flags.Parse(args); err != nil {
		return f, err
	}
	if flags.NArg() > 0 {
		return f, fmt.Errorf("matrix: got the arguments %q, want flags only", flags.Args())
	}
	if f.program.IsGiven() && (len(f.subjects) > 0 || f.updateFile != "") {
		return f, errors.New("--subject and --update cannot be used with --exec or --url: they are for the built-in subjects")
	}
	return f, errors.Join(f.output.Validate(), f.program.Validate())
}

// runMatrix runs the command matrix.
func runMatrix(ctx context.Context, args []string, out io.Writer) error {
	f, err := parseMatrixFlags(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = f.run(ctx, out)
	}
	if exit := (command.ExitError{}); err == nil || errors.As(err, &exit) {
		return err
	}
	return command.ExitError{Err: err, Code: command.ExitSuite}
}

// run runs the checks, writes the reports, and returns an error if a result is unexpected.
func (f *matrixFlags) run(ctx context.Context, out io.Writer) error {
	subjects, difference, err := f.selectedSubjects(ctx)
	if err != nil {
		return err
	}
	options, err := f.selection.Options()
	if err != nil {
		return err
	}
	write, err := f.output.Create(out)
	if err != nil {
		return err
	}
	reports, err := command.Judge(ctx, os.Stderr, subjects, append(options, f.program.Options()...)...)
	if err != nil {
		return err
	}
	if err := write(reports); err != nil {
		return err
	}
	if f.updateFile != "" {
		return updateGolden(f.updateFile, reports)
	}
	return command.Verdict(os.Stderr, reports, difference)
}

// selectedSubjects returns the selected subjects. The function difference describes how a
// subject's result differs from the expected one, and returns "" if it does not differ.
func (f *matrixFlags) selectedSubjects(ctx context.Context) (subjects []conformance.Subject, difference func(string, *conformance.Result) string, err error) {
	if f.program.IsGiven() {
		program, err := f.program.Subject(ctx, os.Stderr)
		return []conformance.Subject{program}, command.NoFailure, err
	}
	names := f.subjects
	if len(names) == 0 {
		for _, s := range subject.Compared() {
			names = append(names, s.Name)
		}
	}
	for _, name := range names {
		s, err := subject.Named(name)
		if err != nil {
			return nil, nil, err
		}
		judged, err := s.Command()
		if err != nil {
			return nil, nil, err
		}
		subjects = append(subjects, judged)
	}
	expectation, err := matrix.Expect(bytes.NewReader(goldenMatrix))
	if err != nil {
		return nil, nil, err
	}
	return subjects, expectation.Difference, nil
}

// updateGolden writes the reports to file as the golden matrix. If a result has the outcome
// [conformance.Error], it returns an error and writes nothing.
func updateGolden(file string, reports []conformance.Report) error {
	for i := range reports {
		if reports[i].Count(conformance.Error) > 0 {
			return command.Verdict(os.Stderr, reports, command.NoFailure)
		}
	}
	var golden bytes.Buffer
	if err := matrix.Golden(&golden, reports); err != nil {
		return err
	}
	return os.WriteFile(file, golden.Bytes(), 0o644)
}
