package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// InProcess starts the service in the suite's own process: run serves until
// its context ends, flushes and returns. The variables are set in the
// environment while it starts, until ready is called, so that tests with such a
// subject cannot run in parallel to others that depend on the environment.
func InProcess(run func(ctx context.Context, addr string, ready func()) error) Starter {
	return inProcess{run: run}
}

type inProcess struct {
	run func(ctx context.Context, addr string, ready func()) error
}

// environment is the process's only one.
var environment sync.Mutex

func (p inProcess) Start(ctx context.Context, launch Launch) (Service, error) {
	environment.Lock()
	restore, err := setEnvironment(launch.Env)
	if err != nil {
		environment.Unlock()
		return nil, err
	}
	s := &goroutine{ended: make(chan struct{})}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
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
	environment.Unlock()
	return s, err
}

// setEnvironment replaces the variables that configure a service.
func setEnvironment(env []string) (restore func() error, err error) {
	var before []string
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); configures(name) {
			before = append(before, variable)
		}
	}
	restore = func() error {
		return errors.Join(unset(env), set(before))
	}
	if err := errors.Join(unset(before), set(env)); err != nil {
		return nil, errors.Join(fmt.Errorf("environment: %w", err), restore())
	}
	return restore, nil
}

func configures(name string) bool {
	return strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "SAMESPAN_")
}

func set(env []string) error {
	var problems []error
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		problems = append(problems, os.Setenv(name, value))
	}
	return errors.Join(problems...)
}

func unset(env []string) error {
	var problems []error
	for _, variable := range slices.Backward(env) {
		name, _, _ := strings.Cut(variable, "=")
		problems = append(problems, os.Unsetenv(name))
	}
	return errors.Join(problems...)
}

// goroutine is a service that runs in one.
type goroutine struct {
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

func (g *goroutine) Stop(ctx context.Context) error {
	g.cancel()
	select {
	case <-g.ended:
		return g.err
	case <-ctx.Done():
		return fmt.Errorf("the service has not ended in time: %w", ctx.Err())
	}
}

func (g *goroutine) Kill() {
	g.cancel()
	<-g.ended
}

func (g *goroutine) Ended() <-chan struct{} { return g.ended }

func (g *goroutine) Output() string {
	select {
	case <-g.ended:
		if g.err != nil {
			return g.err.Error()
		}
	default:
	}
	return ""
}
