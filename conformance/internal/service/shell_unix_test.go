//go:build unix

package service_test

import (
	"context"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/internal/service"
)

// TestShellSignalsProgramOnce checks for all kinds of shell lines that the program is
// asked to stop once, and that the suite waits for its end.
func TestShellSignalsProgramOnce(t *testing.T) {
	const program = `sh -c 'trap "echo ended $X; exit 0" TERM; echo ready; while :; do sleep 0.01; done'`
	for name, test := range map[string]struct{ line, want string }{
		"a program":              {program, "ended\n"},
		"a variable":             {`X=1 ` + program, "ended 1\n"},
		"a quoted variable":      {`X="a b" Y=$HOME ` + program, "ended a b\n"},
		"a quoted program":       {"X='a b' " + `'sh' -c 'trap "echo ended $X; exit 0" TERM; echo ready; while :; do sleep 0.01; done'`, "ended a b\n"},
		"exec":                   {`exec ` + program, "ended\n"},
		"several commands":       {`export X=2; echo first && ` + program, "ended 2\n"},
		"exec after another one": {`X=3; export X; exec ` + program, "ended 3\n"},
		"a comment":              {program + ` # of mine`, "ended\n"},
	} {
		t.Run(name, func(t *testing.T) {
			started, err := service.Shell(test.line)(t.Context(), service.Launch{Addr: "127.0.0.1:0"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(started.Kill)
			await(t, "the line that says it is ready", func() bool { return strings.Contains(started.Output(), "ready\n") })
			ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
			defer cancel()
			if err := started.Stop(ctx); err != nil {
				t.Errorf("got %v, want an end in order", err)
			}
			// The shell may print reports about killed processes before the program's output.
			if got := started.Output(); !strings.HasSuffix(got, test.want) {
				t.Errorf("got the output %q, want %q at its end", got, test.want)
			}
		})
	}
}
