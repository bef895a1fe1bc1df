package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/repository"
)

// TestNoOpenEnd checks that code and documents have no notes of unfinished work, broken
// links or unknown commands.
func TestNoOpenEnd(t *testing.T) {
	problems, err := repository.OpenEnds(repositoryRoot, checkFlags)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

// checkFlags returns an error if args are invalid arguments of the command compare, such as
// arguments in a document. It appends the help flag, so that the command only parses args.
func checkFlags(args []string) error {
	if slices.Contains([]string{"demo", "list"}, args[0]) {
		if len(args) > 1 {
			return fmt.Errorf("%s: got the arguments %q, want none", args[0], args[1:])
		}
		return nil
	}
	// The context is canceled, in case a command runs in spite of the help flag.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := tool.Run(ctx, append(slices.Clone(args), "-h"), &bytes.Buffer{})
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	return err
}

// TestCheckFlags checks that checkFlags accepts valid arguments and rejects invalid ones.
func TestCheckFlags(t *testing.T) {
	for _, test := range []struct{ call, want string }{
		{"demo", ""},
		{"demo --loud", "want none"},
		{"list all", "want none"},
		{"none", `unknown command "none"`},
		{"matrix --subject ginotel,otelgin --check exclude/*", ""},
		{"matrix -h", ""},
		{"matrix --none", "not defined"},
		{"serve ginotel --addr 127.0.0.1:0", ""},
		{"serve ginotel --none", "not defined"},
		{"soak --time 30s", ""},
		{"soak --time long", "invalid value"},
		{"bench --part requests", ""},
		{"comparison --root x", ""},
	} {
		err := checkFlags(strings.Fields(test.call))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", test.call, err, test.want)
		}
	}
}
