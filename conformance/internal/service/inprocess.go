package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// InProcess returns a Starter that runs the service in the suite's own process: run serves
// until its context ends, then flushes and returns. The environment variables are set until
// ready is called. Tests with such a subject must therefore not run in parallel with tests
// that depend on the environment.
func InProcess(run func(ctx context.Context, addr string, ready func()) error) Starter {
	return inProcessStarter{run: run}.start
}

// Output returns the writer for output that the run function of [InProcess] would print
// if it were a process, such as its log. ctx must be the context passed to run, or
// derived from it; with any other context the output is discarded. The output is shown
// when a check fails, and some checks examine it.
func Output(ctx context.Context) io.Writer {
	g, ok := ctx.Value(serviceKey{}).(*goroutineService)
	if !ok {
		return io.Discard
	}
	g.hasOutput.Store(true)
	return &g.output
}

// serviceKey is the context key under which [Output] finds the service.
type serviceKey struct{}

// inProcessStarter runs a service in the suite's own process. Its method start has the
// signature of a [Starter].
type inProcessStarter struct {
	run func(ctx context.Context, addr string, ready func()) error // parameter of InProcess
}

// environmentMu guards the environment of the process.
var environmentMu sync.Mutex

func (p inProcessStarter) start(ctx context.Context, launch Launch) (Service, error) {
	environmentMu.Lock()
	restore, err := setEnvironment(launch.Env)
	if err != nil {
		environmentMu.Unlock()
		return nil, err
	}
	s := &goroutineService{ended: make(chan struct{})}
	serving, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(ctx), serviceKey{}, s))
	s.cancel = cancel
	ready := make(chan struct{})
	go func() {
		defer close(s.ended)
		s.err = p.run(serving, launch.Addr, sync.OnceFunc(func() { close(ready) }))
	}()
	select {
	case <-ready:
	case <-s.ended:
	case <-ctx.Done():
	}
	err = restore()
	environmentMu.Unlock()
	return s, err
}

// setEnvironment sets the variables in env. It unsets all other variables that would
// configure telemetry. restore restores the previous environment.
func setEnvironment(env []string) (restore func() error, err error) {
	var before []string
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); configuresTelemetry(name) {
			before = append(before, variable)
		}
	}
	restore = func() error {
		return errors.Join(unsetVariables(env), setVariables(before))
	}
	if err := errors.Join(unsetVariables(before), setVariables(env)); err != nil {
		return nil, errors.Join(fmt.Errorf("environment: %w", err), restore())
	}
	return restore, nil
}

// configuresTelemetry reports whether name is the name of an environment variable that
// configures telemetry or the service.
func configuresTelemetry(name string) bool {
	return strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "SAMESPAN_")
}

func setVariables(env []string) error {
	var problems []error
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		problems = append(problems, os.Setenv(name, value))
	}
	return errors.Join(problems...)
}

func unsetVariables(env []string) error {
	var problems []error
	for _, variable := range slices.Backward(env) {
		name, _, _ := strings.Cut(variable, "=")
		problems = append(problems, os.Unsetenv(name))
	}
	return errors.Join(problems...)
}

// goroutineService is a service that runs in a goroutine.
type goroutineService struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when the service has ended
	err    error         // of the service; set before ended is closed
	output outputTail
	// hasOutput is set if the service has called Output.
	hasOutput atomic.Bool
}

func (g *goroutineService) Stop(ctx context.Context) error {
	g.cancel()
	select {
	case <-g.ended:
		return g.err
	case <-ctx.Done():
		return fmt.Errorf("the service did not stop in time: %w", ctx.Err())
	}
}

func (g *goroutineService) Kill() {
	g.cancel()
	<-g.ended
}

func (g *goroutineService) Ended() <-chan struct{} { return g.ended }

// EndState describes the end of the service, like [process.EndState]. The error of the
// function is part of the output.
func (g *goroutineService) EndState() string { return "its function returned" }

func (g *goroutineService) Output() string {
	written := g.output.String()
	select {
	case <-g.ended:
		if g.err != nil {
			return written + g.err.Error()
		}
	default:
	}
	return written
}
