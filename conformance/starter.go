package conformance

import (
	"context"
	"io"

	"github.com/samespan/samespan/conformance/internal/service"
)

// Launch is how a service is to be started: see CONTRACT.md.
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
	// Stop asks the service to end, as SIGTERM does, and waits until it has or
	// ctx is done. Its error is the service's own way to say that it ended
	// badly. A process ends well with exit status 0, with 143, which is 128 and
	// the number of SIGTERM, or by the signal itself.
	Stop(ctx context.Context) error
	// Kill ends the service at once and leaves nothing behind.
	Kill()
	// Ended is closed when the service has ended.
	Ended() <-chan struct{}
	// Output is what the service has printed.
	Output() string
}

// Command starts the service as a process: a program that keeps the contract,
// in any language. It has a folder of its own for temporary files, TMPDIR, and
// on Unix a process group of its own. Once it has ended, in whatever way, that
// folder is removed, and what it has started and left running is killed.
func Command(name string, args ...string) Starter { return starter(service.Command(name, args...)) }

// Shell starts the service by a line of the shell, sh: variables before a command,
// quotes and several commands work as in a terminal. What the line starts is asked
// to end by a signal to the program where the line is one command, and to all that
// the line has started where it is more.
func Shell(line string) Starter { return starter(service.Shell(line)) }

// InProcess starts the service in the suite's own process: run serves until
// its context ends, flushes and returns. The variables are set in the
// environment while it starts, until ready is called, so that tests with such a
// subject cannot run in parallel to others that depend on the environment. Several
// services run at a time: each must have providers of its own, not those that are
// global in a process.
func InProcess(run func(ctx context.Context, addr string, ready func()) error) Starter {
	return starter(service.InProcess(run))
}

// Output is where the run of an [InProcess] writes what it would print as a
// process of its own, such as its log; ctx is the one that run was given, or one
// that is made from it. What is written there is shown when a check fails, and
// judged where a check is about what a service prints. With any other ctx it is
// written to nowhere.
func Output(ctx context.Context) io.Writer { return service.Output(ctx) }

// FreeAddress returns a loopback address that is not in use, for a service
// that is told where to listen. Its port is below those that systems give to
// connections and to listeners that ask for any: by the time the service
// listens, or listens again, somebody else would have got one of them.
func FreeAddress() (string, error) { return service.FreeAddress() }

type starter service.Starter

// Start implements Starter.
func (s starter) Start(ctx context.Context, launch Launch) (Service, error) {
	return s(ctx, service.Launch(launch))
}

// Running is the Starter of a service that runs already, at [WithAddress], and
// exports to [WithReceiver], configured as CONTRACT.md says. The suite neither
// starts nor ends it: checks that need a service with other variables, or one of
// their own, are not applicable.
func Running() Starter { return running{service.Attach} }

type running struct{ starter }
