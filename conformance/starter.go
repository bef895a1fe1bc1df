package conformance

import (
	"context"
	"io"

	"github.com/samespan/samespan/conformance/internal/service"
)

// Launch describes how to start a service: see CONTRACT.md.
type Launch struct {
	// Addr is the address that the service listens on, as host:port.
	Addr string
	// Env are the environment variables, as NAME=value, that configure the service.
	Env []string
}

// Starter starts a subject's service. Applications may implement Starter; it will not get more
// methods.
type Starter interface {
	// Start starts the service and returns without waiting until it answers.
	Start(ctx context.Context, launch Launch) (Service, error)
}

// Service is a service that was started. Applications may implement Service; it will not get
// more methods.
type Service interface {
	// Stop asks the service to stop, as SIGTERM does, and waits until the service has
	// stopped or ctx ends. It returns an error if the service has failed. For a process, it
	// returns nil if the exit status is 0 or 143, which is 128 plus the number of SIGTERM,
	// or if SIGTERM has ended the process.
	Stop(ctx context.Context) error
	// Kill ends the service at once, including all processes that it has started.
	Kill()
	// Ended is closed when the service has ended.
	Ended() <-chan struct{}
	// Output returns what the service has printed.
	Output() string
}

// Command returns a Starter that starts the service as a process: a program in any language
// that implements the contract. The process inherits the environment, without variables whose
// names begin with OTEL_ or SAMESPAN_. It has its own directory for temporary files,
// TMPDIR, and on Unix its own process group. When it has ended, for whatever reason, the
// directory is removed and any processes left in the group are killed.
func Command(name string, args ...string) Starter { return starter(service.Command(name, args...)) }

// Shell returns a Starter that starts the service with a command line of the shell sh.
// Variables before a command, quotes and several commands work as in a terminal. If the line
// is a single command, SIGTERM is sent to that program, and otherwise to all processes that
// the line has started.
func Shell(line string) Starter { return starter(service.Shell(line)) }

// InProcess returns a Starter that runs the service in the suite's own process: run serves
// until its context ends, then flushes and returns. The environment variables are set until
// ready is called. Tests with such a subject must therefore not run in parallel with tests
// that depend on the environment. Several services run at the same time: each must have its
// own providers, not the global ones.
func InProcess(run func(ctx context.Context, addr string, ready func()) error) Starter {
	return starter(service.InProcess(run))
}

// Output returns the writer for output that the run function of [InProcess] would print
// if it were a process, such as its log. ctx must be the context passed to run, or
// derived from it; with any other context the output is discarded. The output is shown
// when a check fails, and some checks examine it.
func Output(ctx context.Context) io.Writer { return service.Output(ctx) }

// FreeAddress returns a loopback address that is not in use, for a service that is given
// its address at the start. The port is below the range from which systems assign ports:
// otherwise another program could get the address before the service listens, or between
// two starts.
func FreeAddress() (string, error) { return service.FreeAddress() }

// starter makes a [service.Starter], the type of an internal package, a Starter of this
// package.
type starter service.Starter

// Start implements Starter.
func (s starter) Start(ctx context.Context, launch Launch) (Service, error) {
	return s(ctx, service.Launch(launch))
}

// Running returns the Starter of a service that is already running, configured according
// to CONTRACT.md. The service listens on the address in [WithAddress] and exports to the
// address in [WithReceiver]. The suite neither starts nor stops the service. Checks that
// need to start a service, for example with other environment variables, are not
// applicable.
func Running() Starter { return attachStarter{service.Attach} }

// attachStarter attaches to a service that is already running. It is the type of the
// Starter that Running returns.
type attachStarter struct{ starter }
