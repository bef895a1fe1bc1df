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
	// exitTimeout limits how long a service may take to end, according to the contract.
	exitTimeout = 10 * time.Second
	// arrivalTimeout limits how long exported spans may take until they are in the
	// ledger, on a busy machine.
	arrivalTimeout = 5 * time.Second
)

// testedService is a service with its collector. Its processes run one after the other.
type testedService struct {
	name      string
	addr      string
	command   []string // the command that runs the service
	env       []string // environment variables in addition to those that start sets
	ledger    *ledger
	collector *collector
	network   *network // nil until addNetwork is called

	mu         sync.Mutex
	process    *watch.Process // nil while the service is stopped
	generation int            // number of the last started process; the first is 1
	lastExit   watch.Exit     // the exit of the last ended process

	// holdMu serializes requests whose work the service delays until it receives POST
	// /release.
	holdMu sync.Mutex

	requests  atomic.Int64 // number of requests sent to the service
	responses atomic.Int64 // number of complete responses from the service
	totals    processTotals
}

// newTestedService returns the named service with a running collector. It does not start the
// service. The method start runs command with name as an additional last argument.
func newTestedService(name string, command, env []string, l *ledger) (*testedService, error) {
	addr, err := conformance.FreeAddress()
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
	}
	c, err := newCollector(l.addReceivedSpans)
	if err != nil {
		return nil, err
	}
	return &testedService{name: name, addr: addr, command: slices.Concat(command, []string{name}), env: env, ledger: l, collector: c}, nil
}

// addNetwork puts a network between the service and its collector. The service must not be
// running.
func (s *testedService) addNetwork(tr transport) (err error) {
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

// stop stops the process with SIGTERM, and adds its counts to the totals.
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
	// The soak's context may have ended, but the service must have time to end.
	ctx, cancel := context.WithTimeout(context.Background(), exitTimeout)
	defer cancel()
	exit, err := s.process.Wait(ctx)
	s.process = nil
	if err != nil {
		s.totals.addError("process %d: %v", s.generation, err)
		return nil
	}
	s.lastExit = exit
	s.accountProcess(exit, time.Since(began))
	return nil
}

// accountProcess adds the counts of an ended process to the totals. exitTime is the time
// from SIGTERM to its end.
func (s *testedService) accountProcess(exit watch.Exit, exitTime time.Duration) {
	traces := exit.Stats.Traces
	generation := strconv.Itoa(s.generation)
	if !exit.Ended {
		s.totals.addError("process %s exited with status %d and without a final report; it printed:\n%s", generation, exit.Status, exit.Stderr)
		return
	}
	// Exported spans may still be on their way from the receiver to the ledger.
	ctx, cancel := context.WithTimeout(context.Background(), arrivalTimeout)
	defer cancel()
	_ = retryWithin(ctx, arrivalTimeout, func() error {
		s.collector.drain()
		if uint64(s.ledger.countReceived(s.name, generation)) < traces.Exported {
			return errors.New("not yet")
		}
		return nil
	})
	s.totals.addProcess(generation, exit, exitTime, uint64(s.ledger.countReceived(s.name, generation)))
	// Forget only the previous process: a handler of the receiver may still be processing
	// the last export of this process.
	s.ledger.forgetProcess(s.name, strconv.Itoa(s.generation-1))
}

// close stops the process, the collector and the network.
func (s *testedService) close() error {
	return errors.Join(s.stop(), s.closeCollectorAndNetwork())
}

// closeCollectorAndNetwork closes the collector and the network.
func (s *testedService) closeCollectorAndNetwork() error {
	err := s.collector.close()
	if s.network != nil {
		err = errors.Join(err, s.network.close())
		if problem := s.network.describeMisdirectedExports(); problem != "" {
			s.totals.addError("%s", problem)
		}
		s.network = nil
	}
	return err
}

// kill kills the process, if it runs, without a graceful shutdown.
func (s *testedService) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		s.process.Kill()
		s.process = nil
	}
}

// Command returns the command that runs a watched subject: this program, with arguments.
// The subject's name must be appended.
func Command() ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("soak: find the path of this program: %w", err)
	}
	return []string{program, "serve", "--watched"}, nil
}
