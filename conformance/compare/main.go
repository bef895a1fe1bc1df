// Command compare runs the reference service in every framework, instrumented
// by Samespan and by the official middlewares, and the suite on each.
//
//	go run ./conformance/compare demo
//	go run ./conformance/compare serve ginotel --addr 127.0.0.1:8080
//	go run ./conformance/compare matrix --subject ginotel,otelgin --check 'error/*'
//	go run ./conformance/compare matrix --exec './my-service' --format junit -o report.xml
//	go run ./conformance/compare soak --time 2m
//	go run ./conformance/compare list
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/samespan/samespan/conformance/internal/command"
)

// subcommand is one of the program's commands.
type subcommand struct {
	name    string
	usage   string
	summary string
	run     func(ctx context.Context, args []string, out io.Writer) error
}

var commands = []subcommand{
	{"demo", "demo", "four services in a chain, real requests, the traces as trees", runDemo},
	{"serve", "serve SUBJECT [--addr 127.0.0.1:8080] [--next URL]", "one subject's reference service, configured by OTEL_* alone", runServe},
	{"matrix", "matrix [--subject a,b] [--check glob] [--format text|markdown|json|html|junit] [-o FILE]\n  matrix --exec 'CMD' --url URL\n  matrix --url URL --receiver 127.0.0.1:4317", "the suite on every subject, or on a program of your own; matrix -h lists all flags", runMatrix},
	{"bench", "bench [--part requests,scale,processes] [--framework Gin,net/http] [-o FILE]", "what an instrumented request costs beside the bare framework, the official middleware and the SDK alone; bench -h lists all flags", runBench},
	{"soak", "soak [--time 10m] [--rate 200] [--seed N] [--quiet]", "load, faults and restarts for the four services; accounts for every span", runSoak},
	{"comparison", "comparison [--root DIR]", "the public comparison, conformance/README.md, and the README's figures, from the matrix and the benchmark that are kept", runComparison},
	{"list", "list", "the subjects, and the checks with rule and source", runList},
}

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		if exit := (command.ExitError{}); errors.As(err, &exit) {
			os.Exit(exit.Code)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(out)
		return nil
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out)
		}
	}
	usage(os.Stderr)
	return fmt.Errorf("there is no command %q", args[0])
}

func usage(out io.Writer) {
	fmt.Fprintln(out, "usage: compare COMMAND")
	for _, c := range commands {
		fmt.Fprintf(out, "  %s\n        %s\n", c.usage, c.summary)
	}
}
