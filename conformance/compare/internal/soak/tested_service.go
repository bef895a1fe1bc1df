package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/watch"
)

const (
	// exitTimeout limits how long a service may take to end, according to the
	// contract.
	exitTimeout = 10 * time.Second
	// arrivalTimeout limits how long exported spans may take to reach the ledger, on a
	// busy machine.
	arrivalTimeout = 5 * time.Second
)

// testedService is a service with its collector; its processes run one after the
// other.
type testedService struct {
	name      string
	addr      string
	command   []string
	env       []string
	ledger    *ledger
	collector *collector
	network   *network // nil until connect

	mu         sync.Mutex
	process    *watch.Process
	generation int
	exit       watch.Exit // of the last ended process

	// holdMu allows only one request at a time to be held and released.
	holdMu sync.Mutex

	requests atomic.Int64
	answered atomic.Int64
	totals   processTotals
}

// newTestedService starts the collector of the named service; start starts the
// service itself. command is the program that runs it.
func newTestedService(name string, command, env []string, l *ledger) (*testedService, error) {
	addr, err := conformance.FreeAddress()
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
	}
	c, err := newCollector(l.add)
	if err != nil {
		return nil, err
	}
	return &testedService{name: name, addr: addr, command: slices.Concat(command, []string{name}), env: env, ledger: l, collector: c}, nil
}

// connect puts a network between the service and its collector; the service
// must not be running.
func (s *testedService) connect(tr transport) (err error) {
	if s.network, err = newNetwork(s.collector, tr); err != nil {
		return err
	}
	s.env = append(slices.Clone(s.env), s.network.env()...)
	return nil
}

// start starts the next process of the service.
func (s *testedService) start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	env := append([]string{
		"SAMESPAN_ADDR=" + s.addr,
		"OTEL_SERVICE_NAME=" + s.name,
		"OTEL_RESOURCE_ATTRIBUTES=" + generationKey + "=" + strconv.Itoa(s.generation),
	}, s.collector.env...)
	var err error
	s.process, err = watch.Start(ctx, s.command, append(env, s.env...))
	return err
}

// report requests a report from the running process.
func (s *testedService) report(ctx context.Context) (watch.Report, error) {
	s.mu.Lock()
	process := s.process
	s.mu.Unlock()
	return process.Report(ctx)
}

// stop stops the process with SIGTERM and settles its account.
func (s *testedService) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	began := time.Now()
	if err := s.process.Terminate(); err != nil {
		return err
	}
	// The end of the soak must not end a service prematurely.
	ctx, cancel := context.WithTimeout(context.Background(), exitTimeout)
	defer cancel()
	exit, err := s.process.Wait(ctx)
	s.process = nil
	if err != nil {
		s.totals.addError("process %d: %v", s.generation, err)
		return nil
	}
	s.exit = exit
	s.accountProcess(exit, time.Since(began))
	return nil
}

// accountProcess settles the account of an ended process.
func (s *testedService) accountProcess(exit watch.Exit, took time.Duration) {
	traces := exit.Stats.Traces
	generation := strconv.Itoa(s.generation)
	if !exit.Ended {
		s.totals.addError("process %s ended with status %d and without a word of its telemetry; it printed:\n%s", generation, exit.Status, exit.Stderr)
		return
	}
	// What it exported may still be on its way from the receiver to the ledger.
	ctx, cancel := context.WithTimeout(context.Background(), arrivalTimeout)
	defer cancel()
	_ = retryWithin(ctx, arrivalTimeout, func() error {
		s.collector.drain()
		if uint64(s.ledger.receivedFrom(s.name, generation)) < traces.Exported {
			return errors.New("not yet")
		}
		return nil
	})
	s.totals.addProcess(generation, exit, took, uint64(s.ledger.receivedFrom(s.name, generation)))
	// A handler of the receiver may still be processing the last export.
	s.ledger.forget(s.name, strconv.Itoa(s.generation-1))
}

// close ends what runs.
func (s *testedService) close() error {
	return errors.Join(s.stop(), s.closeAll())
}

// closeAll closes the collector and the network.
func (s *testedService) closeAll() error {
	err := s.collector.close()
	if s.network != nil {
		err = errors.Join(err, s.network.close())
		if problem := s.network.misdirectedExports(); problem != "" {
			s.totals.addError("%s", problem)
		}
		s.network = nil
	}
	return err
}

// kill ends the process at once, for one that cannot be stopped in order.
func (s *testedService) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		s.process.Kill()
		s.process = nil
	}
}

// Command returns the command that runs a watched subject, whose name is its
// last argument: this program's own.
func Command() ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("soak: the program to start: %w", err)
	}
	return []string{program, "serve", "--watched"}, nil
}
