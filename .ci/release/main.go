// Command release makes the project's releases. It also tests, before a release is
// published, that users can use the release:
//
//	release tag [-n] VERSION        commit and tag a release here; with -n, in a copy
//	release goget [-newest] [-size] [-write]
//	                                follow the README from an empty folder
//	release moved [-write]          add the modules to applications with old dependencies
//	release judge                   install the suite and use it on two services
//
// It works on the repository in the current directory. CONTRIBUTING.md lists the steps of
// a release. The make targets release and goget run this program.
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
)

const usage = `usage: release tag [-n] VERSION | release goget [-newest] [-size] [-write] | release moved [-write] | release judge`

var errUsage = errors.New(usage)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	checkout, err := findRepository(ctx, ".")
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	switch args[0] {
	case "tag":
		dry := flags.Bool("n", false, "dry run: make the release in a copy of the repository, and show it")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		if flags.NArg() != 1 {
			return errUsage
		}
		return tag(ctx, out, checkout, flags.Arg(0), *dry)
	case "goget":
		var want goGetOptions
		flags.BoolVar(&want.testNewest, "newest", false, "also test with the newest versions of the adapters' requirements")
		flags.BoolVar(&want.measureSize, "size", false, "also measure what an adapter adds to a build, and compare the result with the table in conformance/COSTS.md")
		flags.BoolVar(&want.updateDocuments, "write", false, "write the results into conformance/COSTS.md and the READMEs, instead of comparing them")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		if flags.NArg() != 0 {
			return errUsage
		}
		return goGet(ctx, out, checkout, want)
	case "judge":
		if len(args) != 1 {
			return errUsage
		}
		return judgeServices(ctx, out, checkout)
	case "moved":
		write := flags.Bool("write", false, "write the tables of upgraded modules into the documents, instead of comparing them")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		if flags.NArg() != 0 {
			return errUsage
		}
		return rehearseUpgrades(ctx, out, checkout, *write)
	}
	return errUsage
}
