package soak

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/compare/internal/watch"
)

// TestMain runs a service instead of the tests if [Command] has started the test binary.
// The services are therefore real processes, with signals and exit statuses.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "serve" {
		s, err := findSubject(os.Args[3])
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

// bypassingService is the name of a service that does not instrument one in eight
// requests.
const bypassingService = "forgetful"

// findSubject returns the subject with the name, which may also be bypassingService.
func findSubject(name string) (subject.Subject, error) {
	if name != bypassingService {
		return subject.Named(name)
	}
	s, err := subject.Named("nethttpotel")
	instrument := s.Instrument.NetHTTP
	s.Instrument.NetHTTP = func(w subject.Wiring) func(http.Handler) http.Handler {
		middleware := instrument(w)
		return func(next http.Handler) http.Handler {
			observed := middleware(next)
			var requests atomic.Int64
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1)%8 == 0 {
					next.ServeHTTP(w, r)
					return
				}
				observed.ServeHTTP(w, r)
			})
		}
	}
	return s, err
}

// newUnstartedService returns a tested service that is not started yet. It is closed when
// the test ends.
func newUnstartedService(tb testing.TB, name string, env ...string) *testedService {
	tb.Helper()
	command, err := Command()
	if err != nil {
		tb.Fatal(err)
	}
	// By default the race detector waits a second before the process exits.
	s, err := newTestedService(name, command, append([]string{"GORACE=atexit_sleep_ms=0"}, env...), newLedger())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.kill()
		if err := s.close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// startService returns a tested service that is running.
func startService(tb testing.TB, name string, env ...string) *testedService {
	tb.Helper()
	s := newUnstartedService(tb, name, env...)
	if err := s.start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// finalAccount closes the ledger and returns the service's account. The service must have
// been stopped.
func finalAccount(s *testedService) Service {
	counts, duplicates := s.ledger.close()
	c := counts[s.name]
	if c == nil {
		c = new(spanCounts)
	}
	return s.account(c, uint64(duplicates[s.name]))
}
