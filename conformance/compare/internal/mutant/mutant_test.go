package mutant

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/core"
)

// mutantArgument is the first argument that makes the test binary run as a mutant.
const mutantArgument = "mutant"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == mutantArgument {
		if err := Main(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	// Run more mutants in parallel than there are CPUs: a run mostly waits for exports.
	if flag.Lookup("test.parallel").Value.String() == flag.Lookup("test.parallel").DefValue {
		if err := flag.Set("test.parallel", "6"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// mutantResult is the result of the suite for a mutant.
type mutantResult struct {
	failedChecks, knownFailures []string          // IDs of checks
	messages                    map[string]string // of all checks, by ID
}

// runMutant runs the suite on a mutant. It fails the test if a check has the outcome
// conformance.Error, because the check could then not decide whether the mutant passes.
func runMutant(t *testing.T, m Mutant, options ...conformance.Option) mutantResult {
	t.Helper()
	return runMutantWithSubjectChange(t, m, nil, options...)
}

// runMutantWithSubjectChange is like runMutant. If changeSubject is not nil, it changes what
// the subject declares to the suite.
func runMutantWithSubjectChange(t *testing.T, m Mutant, changeSubject func(*conformance.Subject), options ...conformance.Option) mutantResult {
	t.Helper()
	s, err := m.base()
	if err != nil {
		t.Fatal(err)
	}
	broken := s.Conformance()
	broken.Name = m.Name
	broken.Has = append(broken.Has, conformance.Process)
	broken.Starter = conformance.Command(os.Args[0], mutantArgument, m.Name)
	if changeSubject != nil {
		changeSubject(&broken)
	}
	report, err := conformance.Run(t.Context(), broken, options...)
	if err != nil {
		t.Fatal(err)
	}
	found := mutantResult{messages: make(map[string]string)}
	for i := range report.Results {
		r := &report.Results[i]
		found.messages[r.Check.ID] = r.Text(m.Name)
		switch r.Outcome {
		case conformance.Fail, conformance.Error:
			found.failedChecks = append(found.failedChecks, r.Check.ID)
		case conformance.KnownFailure:
			found.knownFailures = append(found.knownFailures, r.Check.ID)
		case conformance.Pass, conformance.NotApplicable:
		}
		if r.Outcome == conformance.Error {
			t.Errorf("the suite cannot tell:\n%s", r.Text(m.Name))
		}
	}
	return found
}

// TestMutants proves that for each mutant exactly the intended checks fail.
func TestMutants(t *testing.T) {
	t.Parallel()
	for _, m := range All() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			found := runMutant(t, m, conformance.WithChecks(relevantChecks(&m)...))
			for _, id := range found.failedChecks {
				if !slices.Contains(m.Breaks, id) {
					t.Errorf("it fails a check that it is not meant to:\n%s", found.messages[id])
				}
			}
			for _, id := range m.Breaks {
				// A check that is a known failure of the base is a known failure of the
				// mutant too.
				if !slices.Contains(found.failedChecks, id) && !slices.Contains(found.knownFailures, id) {
					t.Errorf("the suite does not find that it breaks %s:\n%s", id, found.messages[id])
				}
			}
		})
	}
}

// slowChecks are checks that take several seconds. They are run only on mutants of their
// area.
var slowChecks = []string{"flush/refused", "flush/black-hole", "flush/overflow", "flush/recovery"}

// allAreas is the flag -everywhere, which runs the checks of all areas on each mutant.
// `make mutants` sets it.
var allAreas = flag.Bool("everywhere", false, "run the checks of all areas on each mutant, instead of only the areas that it breaks")

// relevantChecks returns the checks to run on a mutant: the checks of the areas in which it
// has a defect. With -everywhere, it returns all checks except slowChecks of other areas.
func relevantChecks(m *Mutant) []string {
	areas := make(map[string]bool)
	for _, id := range m.Breaks {
		area, _, _ := strings.Cut(id, "/")
		areas[area] = true
	}
	var ids []string
	for _, c := range conformance.Checks() {
		if areas[c.Area()] || *allAreas && !slices.Contains(slowChecks, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// TestMissingFlushIsDetectedInProcess proves that the suite detects a missing flush in
// a service that runs in the suite's process, where it has no exit status.
func TestMissingFlushIsDetectedInProcess(t *testing.T) {
	for _, test := range []struct {
		name string
		want conformance.Outcome
	}{{intactName, conformance.Pass}, {"ends-without-a-flush", conformance.Fail}} {
		t.Run(test.name, func(t *testing.T) {
			m, err := findMutant(test.name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := m.base()
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var started []*core.Telemetry
			if serve := m.Serve; serve != nil {
				m.Serve = func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
					mu.Lock()
					started = append(started, tel)
					mu.Unlock()
					return serve(ctx, tel, server)
				}
			}
			m.apply(&s)
			report, err := conformance.Run(t.Context(), s.Conformance(), conformance.WithChecks("flush/end"))
			if err != nil {
				t.Fatal(err)
			}
			if got := report.Results[0]; got.Outcome != test.want {
				t.Errorf("got %s, want %s", got.Text(test.name), test.want)
			}
			// Shut down the telemetry of the services. Otherwise it would export until the
			// tests end, to an address that a receiver of another test may use later. Do not
			// wait for the shutdown: it lasts until its timeout, since the receiver has been
			// closed.
			mu.Lock()
			defer mu.Unlock()
			for _, tel := range started {
				go func() { _ = tel.Shutdown(context.Background()) }()
			}
		})
	}
}

// TestIntactSubjectFailsNoCheck proves that the environment of the mutants causes no
// failures by itself.
func TestIntactSubjectFailsNoCheck(t *testing.T) {
	t.Parallel()
	found := runMutant(t, Mutant{Name: intactName})
	for _, id := range found.failedChecks {
		t.Error(found.messages[id])
	}
}

func TestEveryCheckIsBrokenByAMutant(t *testing.T) {
	broken, names := make(map[string]bool), make(map[string]bool)
	for _, m := range All() {
		if names[m.Name] || m.Name == intactName || len(m.Breaks) == 0 {
			t.Errorf("mutant %q: its name is taken, or it breaks nothing", m.Name)
		}
		names[m.Name] = true
		for _, id := range m.Breaks {
			broken[id] = true
		}
	}
	for _, c := range conformance.Checks() {
		if !broken[c.ID] {
			t.Errorf("no mutant breaks %s", c.ID)
		}
		delete(broken, c.ID)
	}
	for id := range broken {
		t.Errorf("there is no check %s", id)
	}
}

func TestInvalidArgumentsAreErrors(t *testing.T) {
	t.Setenv("SAMESPAN_ADDR", "")
	if err := Main([]string{intactName}); err == nil {
		t.Error("got no error without an address")
	}
	if err := Serve(context.Background(), "no-such-mutant", "127.0.0.1:0"); err == nil {
		t.Error("got no error for an unknown mutant")
	}
}
