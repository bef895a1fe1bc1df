package soak

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/compare/internal/watch"
)

// TestMain makes the test binary the program that serves, as [Command] starts
// it: signals and exit statuses are those of a real process.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "serve" {
		s, err := subject.Named(os.Args[3])
		if err == nil {
			err = watch.Serve(context.Background(), s, os.Getenv("SAMESPAN_ADDR"), os.Stdin, os.Stdout)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serving starts a service with its collector, and ends both with the test.
func serving(tb testing.TB, name string, env ...string) *station {
	tb.Helper()
	command, err := Command()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := newStation(name, command, env, newLedger())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.kill()
		if err := s.close(); err != nil {
			tb.Error(err)
		}
	})
	if err := s.start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// closed is the account of a service that has been stopped.
func closed(s *station) Service {
	of, double := s.ledger.close()
	c := of[s.name]
	if c == nil {
		c = new(counts)
	}
	return s.account(c, uint64(double[s.name]))
}
