package conformance

import (
	"context"
	"io"

	"github.com/samespan/samespan/conformance/internal/service"
)

// Launch describes how to start a service: see CONTRACT.md.
type Launch struct {
	// Addr is where it listens, as host:port.
	Addr string
	// Env are the variables, as NAME=value, that configure it.
	Env []string
}

// Starter starts a subject's service.
type Starter interface {
	// Start starts the service and returns without waiting until it answers.
	Start(ctx context.Context, launch Launch) (Service, error)
}

// Service is a service that was started.
type Service interface {
	// Stop asks the service to stop, like SIGTERM, and waits until it has or
	// ctx ends. It returns an error if the service ended with a failure. A
	// process ends normally with exit status 0, with 143, which is 128 plus the
	// number of SIGTERM, or by the signal itself.
	Stop(ctx context.Context) error
	// Kill ends the service at once, with everything it has started.
	Kill()
	// Ended is closed when the service has ended.
	Ended() <-chan struct{}
	// Output is what the service has printed.
	Output() string
}

// Command starts the service as a process: a program in any language that
// implements the contract. It has its own folder for temporary files, TMPDIR,
// and on Unix its own process group. When it has ended, in any way, the folder
// is removed, and processes that it has left running are killed.
func Command(name string, args ...string) Starter { return starter(service.Command(name, args...)) }

// Shell starts the service with a shell command line, sh: variables before a
// command, quotes and several commands work as in a terminal. If the line is a
// single command, the signal to stop is sent to the program, and otherwise to
// everything that the line has started.
func Shell(line string) Starter { return starter(service.Shell(line)) }

// InProcess starts the service in the suite's own process: run serves until its
// context ends, flushes and returns. The variables are set in the environment
// until ready is called, so tests with such a subject must not run in parallel
// with others that depend on the environment. Several services run at the same
// time: each must have its own providers, not the global ones.
func InProcess(run func(ctx context.Context, addr string, ready func()) error) Starter {
	return starter(service.InProcess(run))
}

// Output returns the writer for what the run function of [InProcess] would
// print as a process, such as its log; ctx is the context passed to run, or
// derived from it. The output is shown when a check fails, and used by checks
// of a service's output. With any other ctx it is discarded.
func Output(ctx context.Context) io.Writer { return service.Output(ctx) }

// FreeAddress returns a loopback address that is not in use, for a service that
// is told where to listen. Its port is below the range from which systems
// assign ports: otherwise another program could get it before the service
// listens, or between two starts.
func FreeAddress() (string, error) { return service.FreeAddress() }

type starter service.Starter

// Start implements Starter.
func (s starter) Start(ctx context.Context, launch Launch) (Service, error) {
	return s(ctx, service.Launch(launch))
}

// Running is the Starter of a service that is already running on [WithAddress]
// and exports to [WithReceiver], configured according to CONTRACT.md. The suite
// neither starts nor stops it: checks that need a service with other variables,
// or a separate one, are not applicable.
func Running() Starter { return startedService{service.Attach} }

type startedService struct{ starter }
