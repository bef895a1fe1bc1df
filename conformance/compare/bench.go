package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/bench"
	"github.com/samespan/samespan/conformance/internal/command"
)

// The parts of a benchmark, as the flag --part names them.
const (
	partRequests  = "requests"
	partScale     = "scale"
	partProcesses = "processes"
	partProfiles  = "profiles"
)

// benchParts are the names of all parts.
var benchParts = []string{partRequests, partScale, partProcesses, partProfiles}

// runBench runs the command bench.
func runBench(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	var (
		parts, frameworks command.List
		o                 bench.Options
		p                 bench.ProcessOptions
	)
	flags.Var(&parts, "part", "measure only these `parts`, separated by commas (default all): "+strings.Join(benchParts, ", "))
	flags.Var(&frameworks, "framework", "measure only these `frameworks`, separated by commas (default all): "+strings.Join(bench.Frameworks, ", "))
	flags.IntVar(&o.Rounds, "rounds", 31, "the `number` of times that each variant is measured, in turns with the others")
	flags.DurationVar(&o.Turn, "turn", 20*time.Millisecond, "the `duration` of each measurement of a variant")
	flags.IntVar(&p.Rounds, "process-rounds", 5, "the `number` of times that each process is measured, in turns with the others")
	flags.DurationVar(&p.Turn, "process-turn", 800*time.Millisecond, "the `duration` of each measurement of a process")
	file := flags.String("o", "", "write the result as JSON to this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := checkChoice("--part", parts, benchParts); err != nil {
		return err
	}
	if err := checkChoice("--framework", frameworks, bench.Frameworks); err != nil {
		return err
	}
	if len(parts) == 0 {
		parts = benchParts
	}
	if len(frameworks) == 0 {
		frameworks = bench.Frameworks
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("bench: find the path of this program: %w", err)
	}
	p.Command = []string{program, "serve"}
	p.Rates = bench.Rates

	result := bench.Result{Machine: bench.ThisMachine(), Versions: bench.Versions()}
	measure := map[string]func() error{
		partRequests: func() (err error) {
			result.Requests, err = bench.Measure(ctx, bench.Modes, frameworks, o, func(rows []bench.Row) { bench.WriteRows(out, rows) })
			return err
		},
		partScale: func() (err error) {
			// Larger heaps are collected less often. Longer turns ensure that each turn
			// includes garbage collections.
			growth := bench.Options{Rounds: (o.Rounds + 1) / 2, Turn: 3 * o.Turn}
			result.Scale, err = bench.MeasureScale(ctx, frameworks, growth, func(rows []bench.ScaleRow) { bench.WriteScale(out, rows) })
			return err
		},
		partProcesses: func() (err error) {
			result.Processes, err = bench.MeasureProcesses(ctx, frameworks, p, func(rows []bench.ProcessRow) { bench.WriteProcesses(out, rows) })
			return err
		},
		partProfiles: func() (err error) {
			profiled := slices.DeleteFunc(slices.Clone(bench.ProfiledFrameworks), func(f string) bool { return !slices.Contains(frameworks, f) })
			result.Profiles, err = bench.MeasureProfiles(ctx, profiled, p)
			bench.WriteProfiles(out, result.Profiles)
			return err
		},
	}
	for _, part := range benchParts {
		if !slices.Contains(parts, part) {
			continue
		}
		err := measure[part]()
		// Save the measurements even if a later part has failed.
		if err := errors.Join(err, saveResult(*file, &result)); err != nil {
			return err
		}
	}
	return nil
}

// saveResult writes a result as JSON to the file. It does nothing if name is "".
func saveResult(name string, result *bench.Result) error {
	if name == "" {
		return nil
	}
	data, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}

// checkChoice returns an error if a name in chosen is not in available. name is the
// flag's name.
func checkChoice(name string, chosen, available []string) error {
	for _, each := range chosen {
		if !slices.Contains(available, each) {
			return fmt.Errorf("%s: got %q, want some of %s", name, each, strings.Join(available, ", "))
		}
	}
	return nil
}
