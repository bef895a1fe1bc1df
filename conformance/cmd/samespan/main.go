// Command samespan judges the OpenTelemetry instrumentation of an HTTP server, in any
// language, by the checks of the conformance suite.
//
//	go install github.com/samespan/samespan/conformance/cmd/samespan@latest
//
//	samespan list --capabilities
//	samespan init
//	samespan matrix --exec 'PORT=8080 node server.js' --url http://127.0.0.1:8080 --have ask
//	samespan matrix --exec './my-service' --known samespan.known -o report.xml,report.html
//	samespan report -o report.html express.json fastapi.json
//
// The program under test keeps the contract, CONTRACT.md: its first page is half a
// dozen routes. The exit status is 0 if all is as expected, 1 if a check is not, and 2
// if the suite could not tell.
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

var subcommands = []subcommand{
	{"matrix", "matrix --exec 'CMD' [--url URL] [--have a,b] [--known FILE] [--level requirement] [-o report.xml,report.html]\n  matrix --url URL --receiver 127.0.0.1:4317", "the suite on a program; matrix -h lists all flags", runMatrix},
	{"list", "list [--capabilities]", "the checks with level, rule and source, or the capabilities that a program can be declared to have", runList},
	{"report", "report [--format html] [-o FILE] RESULT.json ...", "results that matrix has written as JSON, of several programs and dates, on one page", runReport},
	{"init", "init [--exec 'CMD'] [--dir DIR]", "writes a file of known failures and jobs for GitHub Actions and GitLab CI to start from", runInit},
}

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "samespan:", err)
		if exit := (command.ExitError{}); errors.As(err, &exit) {
			os.Exit(exit.Code)
		}
		os.Exit(command.ExitSuite)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(out)
		return nil
	}
	for _, c := range subcommands {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out)
		}
	}
	usage(os.Stderr)
	return fmt.Errorf("there is no command %q", args[0])
}

func usage(out io.Writer) {
	fmt.Fprintln(out, "usage: samespan COMMAND")
	for _, c := range subcommands {
		fmt.Fprintf(out, "  %s\n        %s\n", c.usage, c.summary)
	}
}
