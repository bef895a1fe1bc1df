package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Subcommand is one of the commands of a [Tool].
type Subcommand struct {
	Name    string
	Usage   string
	Summary string
	Run     func(ctx context.Context, args []string, out io.Writer) error
}

// Tool is a program with subcommands. Its first argument is the name of a subcommand.
type Tool struct {
	Name     string
	Commands []Subcommand
	// Failure is the exit status for an error other than [ExitError].
	Failure int
}

// Main runs the subcommand that the program's arguments name, prints its error, and
// returns the exit status.
func (t *Tool) Main() (status int) {
	err := t.Run(context.Background(), os.Args[1:], os.Stdout)
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", t.Name, err)
	if exit := (ExitError{}); errors.As(err, &exit) {
		return exit.Code
	}
	return t.Failure
}

// Run runs the subcommand that args name, or writes the list of subcommands to
// out.
func (t *Tool) Run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		t.printUsage(out)
		return nil
	}
	for _, c := range t.Commands {
		if c.Name == args[0] {
			return c.Run(ctx, args[1:], out)
		}
	}
	t.printUsage(os.Stderr)
	return fmt.Errorf("unknown command %q, want one of those above", args[0])
}

// printUsage prints the usage and the summary of all commands.
func (t *Tool) printUsage(out io.Writer) {
	fmt.Fprintf(out, "usage: %s COMMAND\n", t.Name)
	for _, c := range t.Commands {
		fmt.Fprintf(out, "  %s\n        %s\n", c.Usage, c.Summary)
	}
}
