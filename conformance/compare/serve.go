package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"

	"github.com/samespan/samespan/conformance/compare/internal/bench"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/compare/internal/watch"
)

// defaultAddress returns the address that the suite has set in the environment, or
// 127.0.0.1:8080.
func defaultAddress() string {
	if addr := os.Getenv("SAMESPAN_ADDR"); addr != "" {
		return addr
	}
	return "127.0.0.1:8080"
}

// runServe runs the command serve.
func runServe(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	addr := flags.String("addr", defaultAddress(), "the `address` to listen on")
	next := flags.String("next", "", "the base `URL` of the next service in a chain of services")
	watched := flags.Bool("watched", false, "print a JSON report at the start, after each line of standard input, and at the end; the service stops when standard input is closed")
	profile := flags.String("profile", "", "write a CPU profile to this `file` when the service stops")
	// The subject may precede the flags, as in the usage.
	name := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if name == "" {
		name = flags.Arg(0)
	}
	if *profile != "" {
		stop, err := startProfile(*profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	// The vendors' instrumentations are measured, but are not subjects of the suite.
	if known, err := bench.ServePeer(ctx, name, *addr); known {
		return err
	}
	s, err := subject.Named(name)
	if err != nil {
		return err
	}
	if *watched {
		return watch.Serve(ctx, s, *addr, os.Stdin, out)
	}
	return s.Run(ctx, *addr, *next, func() {
		fmt.Fprintf(out, "%s (%s) listens on http://%s\n", s.Name, s.Framework, *addr)
	})
}

// startProfile starts a CPU profile. The returned function stops the profile and writes it to
// the file.
func startProfile(name string) (stop func() error, err error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("serve: --profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("serve: --profile: %w", err), file.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
