package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/bench"
)

// runBench is the command bench.
func runBench(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	o := bench.Options{}
	flags.IntVar(&o.Rounds, "rounds", 41, "how often each variant is measured")
	flags.DurationVar(&o.Turn, "turn", 10*time.Millisecond, "how long at a `time`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	_, err := bench.Measure(ctx, bench.Modes, bench.Frameworks, o, func(rows []bench.Row) {
		if err := bench.WriteText(out, rows); err != nil {
			fmt.Fprintln(out, err)
		}
	})
	return err
}
