package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/watch"
)

// Config configures a soak.
type Config struct {
	// Command is the command that runs a watched subject: see [Command]. The subject's
	// name is appended.
	Command []string
	// Subjects are the names of the services. There must be at least two, since they call
	// each other.
	Subjects []string
	// Time is the duration of the load, excluding start and end.
	Time time.Duration
	// Rate is the maximum number of requests a second to each service. A rate of 200 uses
	// about a quarter of a core.
	Rate int
	// Seed selects routes, faults and restarts. Two runs with the same seed have the same
	// routes, faults and restarts, but at different times.
	Seed uint64
	// Log receives a line for each event; it may be nil.
	Log io.Writer
}

// serviceEnvironment are the environment variables of every service. They make every kind
// of loss occur: exports time out soon, and the queue overflows after some seconds of
// failures. An export has time for two attempts. Each service uses one core.
var serviceEnvironment = []string{
	"GOMAXPROCS=1",
	"OTEL_BSP_SCHEDULE_DELAY=200",
	"OTEL_BSP_MAX_QUEUE_SIZE=512",
	"OTEL_BSP_MAX_EXPORT_BATCH_SIZE=64",
	"OTEL_EXPORTER_OTLP_TIMEOUT=700",
	"OTEL_BSP_EXPORT_TIMEOUT=2000",
	"OTEL_METRIC_EXPORT_TIMEOUT=2000",
	"OTEL_METRIC_EXPORT_INTERVAL=2000",
}

// soakRun is a running soak.
type soakRun struct {
	Config
	ledger    *ledger
	services  []*testedService
	growth    []processGrowth // by index of services
	startTime time.Time
	logMu     sync.Mutex
}

// Run runs a soak and returns the result. It returns an error if the soak could not run.
func Run(ctx context.Context, config Config) (result *Result, err error) {
	if len(config.Subjects) < 2 || config.Rate < 1 || config.Time <= 0 {
		return nil, fmt.Errorf("soak: got %d subjects, %d requests a second and a duration of %v, want at least 2 subjects, at least 1 request a second and a duration above 0", len(config.Subjects), config.Rate, config.Time)
	}
	s := &soakRun{Config: config, ledger: newLedger(), startTime: time.Now()}
	defer func() {
		for _, service := range s.services {
			service.kill()
			err = errors.Join(err, service.closeCollectorAndNetwork())
		}
	}()
	for i, name := range config.Subjects {
		service, err := newTestedService(name, config.Command, serviceEnvironment, s.ledger)
		if err != nil {
			return nil, err
		}
		s.services = append(s.services, service)
		tr := transports[i%len(transports)]
		if err := service.addNetwork(tr); err != nil {
			return nil, err
		}
		s.log("%s exports over %s", name, tr)
		if err := service.start(ctx); err != nil {
			return nil, err
		}
	}
	s.growth = make([]processGrowth, len(s.services))
	random := rand.New(rand.NewPCG(config.Seed, 0)) //nolint:gosec // to be repeated by its seed, not to be secret

	half := config.Time / 2
	warmUp := min(half/4, 30*time.Second)
	for _, step := range []func() error{
		func() error { return s.runPhase(ctx, half, random, s.restartServices) },
		func() error { return s.runPhase(ctx, warmUp, random, nil) },
		func() error { return s.measure(ctx, func(g *processGrowth, r watch.Report) { g.first = r }) },
		func() error { return s.runPhase(ctx, half-warmUp, random, nil) },
		func() error { return s.measure(ctx, func(g *processGrowth, r watch.Report) { g.last = r }) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	var group sync.WaitGroup
	failures := make([]error, len(s.services))
	for i, service := range s.services {
		group.Go(func() { failures[i] = service.close() })
	}
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// runPhase keeps all services under load and injects faults, for the duration d. If meanwhile
// is not nil, runPhase calls it at the same time. When runPhase returns, all collectors work.
func (s *soakRun) runPhase(ctx context.Context, d time.Duration, random *rand.Rand, meanwhile func(context.Context, *rand.Rand) error) error {
	work, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		failures []error
	)
	runConcurrently := func(random *rand.Rand, f func(*rand.Rand) error) {
		ownRandom := rand.New(rand.NewPCG(random.Uint64(), random.Uint64())) //nolint:gosec // to be repeated by its seed, not to be secret
		group.Go(func() {
			if err := f(ownRandom); err != nil {
				mu.Lock()
				failures = append(failures, err)
				mu.Unlock()
				cancel()
			}
		})
	}
	for i, service := range s.services {
		others := s.otherServices(i)
		runConcurrently(random, func(random *rand.Rand) error {
			service.sendSteadyLoad(work, s.Rate, random, func(r *rand.Rand) testRequest { return newRandomRequest(r, service.name, others) })
			return nil
		})
		runConcurrently(random, func(random *rand.Rand) error {
			return service.injectFaults(work, random, func(fault string) { s.log("collector of %s: %s", service.name, fault) })
		})
	}
	if meanwhile != nil {
		runConcurrently(random, func(random *rand.Rand) error { return meanwhile(work, random) })
	}
	group.Wait()
	return errors.Join(append(failures, ctx.Err())...)
}

// measure waits until each service has exported its spans. It then calls store with the
// processGrowth and the report of the service. store must set a field of the processGrowth to
// the report.
func (s *soakRun) measure(ctx context.Context, store func(*processGrowth, watch.Report)) error {
	s.log("measuring")
	var group sync.WaitGroup
	for i, service := range s.services {
		group.Go(func() {
			r, err := service.waitUntilExported(ctx)
			if err != nil {
				service.totals.addError("the spans were not exported in time: %v", err)
			}
			store(&s.growth[i], r)
		})
	}
	group.Wait()
	return ctx.Err()
}

// otherServices returns all tested services except the one with the index.
func (s *soakRun) otherServices(i int) []*testedService {
	others := make([]*testedService, 0, len(s.services)-1)
	others = append(others, s.services[:i]...)
	return append(others, s.services[i+1:]...)
}

// minRestartInterval and maxRestartInterval bound the time between two restarts.
const minRestartInterval, maxRestartInterval = time.Second, 5 * time.Second

// restartServices stops and restarts random services, one after the other, until ctx ends.
func (s *soakRun) restartServices(ctx context.Context, random *rand.Rand) error {
	for pause(ctx, randomDuration(random, minRestartInterval, maxRestartInterval)) {
		service := s.services[random.IntN(len(s.services))]
		s.log("%s: SIGTERM", service.name)
		if err := service.stop(); err != nil {
			return err
		}
		if err := service.start(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		s.log("%s: restarted", service.name)
	}
	return nil
}

// log logs an event with its time.
func (s *soakRun) log(format string, args ...any) {
	if s.Log == nil {
		return
	}
	s.logMu.Lock()
	defer s.logMu.Unlock()
	fmt.Fprintf(s.Log, "%8.1fs  %s\n", time.Since(s.startTime).Seconds(), fmt.Sprintf(format, args...))
}
