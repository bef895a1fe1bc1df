package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/soak"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/internal/command"
)

// runSoak runs the command soak.
func runSoak(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	length := flags.Duration("time", 10*time.Minute, "the `duration` of the load")
	rate := flags.Int("rate", 200, "the `number` of requests a second to each service")
	seed := flags.Uint64("seed", rand.Uint64(), "the `number` that determines the random choices of routes, faults and restarts (default random)")
	quiet := flags.Bool("quiet", false, "print only the final result")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	serve, err := soak.Command()
	if err != nil {
		return err
	}
	config := soak.Config{Command: serve, Time: *length, Rate: *rate, Seed: *seed}
	for _, s := range subject.Chain {
		config.Subjects = append(config.Subjects, s.Name)
	}
	fmt.Fprintf(out, "soak of %v with --rate %d --seed %d\n", *length, *rate, *seed)
	if !*quiet {
		config.Log = out
	}
	result, err := soak.Run(ctx, config)
	if err != nil {
		return command.ExitError{Err: err, Code: command.ExitSuite}
	}
	if _, err := result.WriteTo(out); err != nil {
		return err
	}
	if !result.OK() {
		return errors.New("the soak test found errors: see above")
	}
	return nil
}
