package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/internal/page"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// goldenMatrix is how every check is expected to end on every subject.
//
//go:embed testdata/matrix.golden
var goldenMatrix []byte

// parallel is how many subjects are judged at a time: they wait more than they
// compute.
const parallel = 4

// The exit codes of the command matrix.
const (
	exitUnexpected = 1
	exitSuite      = 2
)

// exitError ends the program with a code of its own.
type exitError struct {
	error
	code int
}

func (e exitError) Unwrap() error { return e.error }

// formats are the ways to write a matrix.
var formats = map[string]func(io.Writer, []conformance.Report) error{
	"text":     matrix.Text,
	"html":     page.Write,
	"markdown": matrix.Markdown,
	"json":     matrix.JSON,
	"junit":    matrix.JUnit,
}

// matrixFlags are what the command matrix is told.
type matrixFlags struct {
	subjects, checks list
	format, out      string
	update           string
	program          program
}

// list is a flag of names with commas between them, which may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, strings.Split(value, ",")...)
	return nil
}

func parseMatrix(args []string) (matrixFlags, error) {
	var f matrixFlags
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	flags.Var(&f.subjects, "subject", "judge only these `subjects` (default all)")
	flags.Var(&f.checks, "check", "run only the checks that match these `globs` (default all)")
	flags.StringVar(&f.format, "format", "text", strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
	flags.StringVar(&f.out, "o", "", "write to this `file` (default standard output)")
	flags.StringVar(&f.update, "update", "", "write what is found to this `file` as what is expected")
	f.program.flags(flags)
	if err := flags.Parse(args); err != nil {
		return f, err
	}
	if flags.NArg() > 0 {
		return f, fmt.Errorf("matrix takes flags only, got %q", flags.Args())
	}
	if formats[f.format] == nil {
		return f, fmt.Errorf("there is no format %q, want one of %s", f.format, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
	}
	if f.program.isGiven() && (len(f.subjects) > 0 || f.update != "") {
		return f, errors.New("--exec and --url judge a program of your own: --subject and --update are for those that come with compare")
	}
	return f, f.program.validate()
}

// runMatrix is the command matrix.
func runMatrix(ctx context.Context, args []string, out io.Writer) error {
	f, err := parseMatrix(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = f.run(ctx, out)
	}
	if exit := (exitError{}); err == nil || errors.As(err, &exit) {
		return err
	}
	return exitError{err, exitSuite}
}

func (f *matrixFlags) run(ctx context.Context, out io.Writer) (err error) {
	subjects, expectation, err := f.selected()
	if err != nil {
		return err
	}
	options := append(f.program.options(), conformance.WithChecks(f.checks...))
	if f.out != "" {
		file, err := os.Create(f.out)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	reports, err := matrix.Run(ctx, subjects, parallel, progress, options...)
	if err != nil {
		return err
	}
	if err := formats[f.format](out, reports); err != nil {
		return err
	}
	if f.update != "" {
		return update(f.update, reports)
	}
	return verdict(os.Stderr, reports, expectation)
}

// selected returns the subjects and what is expected of them, nil if that they
// fail nothing.
func (f *matrixFlags) selected() ([]conformance.Subject, *matrix.Expectation, error) {
	if f.program.isGiven() {
		return []conformance.Subject{f.program.subject()}, nil, nil
	}
	names := f.subjects
	if len(names) == 0 {
		for _, s := range subject.Compared() {
			names = append(names, s.Name)
		}
	}
	var subjects []conformance.Subject
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
	return subjects, expectation, err
}

// progress tells of a subject that is done.
func progress(report *conformance.Report) {
	fmt.Fprintf(os.Stderr, "%s: %d checks, %d failed\n", report.Subject.Name, len(report.Results), report.Count(conformance.Fail))
}

// update writes the golden matrix, which the suite's own errors must not enter.
func update(name string, reports []conformance.Report) error {
	for i := range reports {
		if reports[i].Count(conformance.Error) > 0 {
			return verdict(os.Stderr, reports, nil)
		}
	}
	var golden bytes.Buffer
	if err := matrix.Golden(&golden, reports); err != nil {
		return err
	}
	return os.WriteFile(name, golden.Bytes(), 0o644)
}

// verdict is nil if all is as expected. What is not is written to w.
func verdict(w io.Writer, reports []conformance.Report, expectation *matrix.Expectation) error {
	unexpected, broken := 0, 0
	for i := range reports {
		report := &reports[i]
		for j := range report.Results {
			result := &report.Results[j]
			if result.Outcome == conformance.Error {
				broken++
			}
			difference := expectation.Difference(report.Subject.Name, result)
			if difference == "" {
				continue
			}
			unexpected++
			fmt.Fprintf(w, "\n%s\n", difference)
			if result.Outcome == conformance.Fail || result.Outcome == conformance.Error {
				fmt.Fprintln(w, result.Text(report.Subject.Name))
			}
		}
	}
	switch {
	case broken > 0:
		return exitError{fmt.Errorf("the suite could not tell for %d checks", broken), exitSuite}
	case unexpected > 0:
		return exitError{fmt.Errorf("%d checks did not end as expected", unexpected), exitUnexpected}
	default:
		return nil
	}
}
