package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance/internal/poll"
)

// Launch describes how to start a service: see CONTRACT.md.
type Launch struct {
	// Addr is the address the service listens on, as host:port.
	Addr string
	// Env are the environment variables, as NAME=value, that configure the service.
	Env []string
}

// Starter starts a subject's service and returns without waiting until it answers.
type Starter func(ctx context.Context, launch Launch) (Service, error)

// Service is a service that was started.
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
// names begin with OTEL_ or SAMESPAN_, and with the suite among the exceptions of NO_PROXY.
// It has its own directory for temporary files,
// TMPDIR, and on Unix its own process group. When it has ended, for whatever reason, the
// directory is removed and any processes left in the group are killed.
func Command(name string, args ...string) Starter { return command{name: name, args: args}.start }

// command is a program with arguments. The method start has the signature of a [Starter].
type command struct {
	name string
	args []string
	// signalsGroup is set if SIGTERM is sent to all processes that the command has started.
	signalsGroup bool
}

func (c command) start(_ context.Context, launch Launch) (Service, error) {
	folder, err := os.MkdirTemp("", "samespan-service-")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.name, err)
	}
	p := &process{cmd: exec.Command(c.name, c.args...), signalsGroup: c.signalsGroup, ended: make(chan struct{})} //nolint:noctx // ends by Stop or Kill
	p.cmd.Env = append(append(append(inheritedEnvironment(), proxyExceptions(launch.Env)...), launch.Env...),
		"SAMESPAN_ADDR="+launch.Addr, "TMPDIR="+folder, "TMP="+folder, "TEMP="+folder)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	useOwnGroup(p.cmd)
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.name, errors.Join(err, os.RemoveAll(folder)))
	}
	go func() {
		// ErrWaitDelay is not a failure: the service has ended, but a process that it has
		// left running keeps the output open.
		if p.err = p.cmd.Wait(); errors.Is(p.err, exec.ErrWaitDelay) {
			p.err = nil
		}
		_ = killGroup(p.cmd)
		removeFolder(folder)
		close(p.ended)
	}()
	return p, nil
}

// removeFolder removes a directory. It retries, since processes that are being killed may
// still write to the directory.
func removeFolder(folder string) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	poll.Until(ctx, func() bool { return os.RemoveAll(folder) == nil })
}

// inheritedEnvironment returns the environment of the suite without variables that would
// configure the service.
func inheritedEnvironment() []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "OTEL_") && !strings.HasPrefix(variable, "SAMESPAN_") {
			env = append(env, variable)
		}
	}
	return env
}

// proxyExceptions returns variables, as NAME=value, that make a program connect to the suite
// directly, even if the environment names a proxy. Some clients, such as gRPC for Python and
// Node.js, otherwise use the proxy for loopback addresses too. env is the environment of the
// program, with the endpoint of the suite.
func proxyExceptions(env []string) []string {
	suite := "127.0.0.1,::1,localhost"
	for _, variable := range env {
		if endpoint, ok := strings.CutPrefix(variable, "OTEL_EXPORTER_OTLP_ENDPOINT="); ok {
			if u, err := url.Parse(endpoint); err == nil && u.Hostname() != "" && !strings.Contains(suite, u.Hostname()) {
				suite += "," + u.Hostname()
			}
		}
	}
	inUpperCase, inLowerCase := os.Getenv("NO_PROXY"), os.Getenv("no_proxy")
	exceptions := map[string]string{
		// Programs read either of the two variables.
		"NO_PROXY": cmp.Or(inUpperCase, inLowerCase),
		"no_proxy": cmp.Or(inLowerCase, inUpperCase),
	}
	if ofGRPC := os.Getenv("no_grpc_proxy"); ofGRPC != "" { // gRPC prefers it to no_proxy
		exceptions["no_grpc_proxy"] = ofGRPC
	}
	var variables []string
	for name, hosts := range exceptions {
		if hosts != "*" { // all hosts
			hosts = strings.TrimPrefix(hosts+","+suite, ",")
		}
		variables = append(variables, name+"="+hosts)
	}
	return variables
}

// process is a service that runs as a separate process.
type process struct {
	cmd          *exec.Cmd
	signalsGroup bool // whether SIGTERM is sent to all processes that cmd has started
	output       outputTail
	ended        chan struct{} // closed when the process has ended
	err          error         // error of the process; set before ended is closed
}

func (p *process) Stop(ctx context.Context) error {
	sendSignal := terminate
	if p.signalsGroup {
		sendSignal = terminateGroup
	}
	if err := sendSignal(p.cmd); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send SIGTERM to the process: %w", err)
	}
	select {
	case <-p.ended:
		if endedBySIGTERM(p.err) {
			return nil
		}
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("the process did not exit in time after SIGTERM: %w", ctx.Err())
	}
}

// PID returns the id of the process.
func (p *process) PID() int { return p.cmd.Process.Pid }

func (p *process) Kill() {
	select {
	case <-p.ended:
		// The process has ended, so its id may have been reused.
	default:
		_ = killGroup(p.cmd)
		<-p.ended
	}
}

func (p *process) Ended() <-chan struct{} { return p.ended }

// EndState returns how the process has ended, for example "exit status 1" or "signal:
// killed". The process must have ended.
func (p *process) EndState() string { return p.cmd.ProcessState.String() }

func (p *process) Output() string { return p.output.String() }

// minOutput is how many bytes of a service's output are kept at least. Older output is dropped.
// Checks count lines of the output, and a service may print a long stack trace for each error.
const minOutput = 1 << 20

// outputTail is a writer that keeps at least the last minOutput bytes, and at most twice as many.
type outputTail struct {
	mu   sync.Mutex
	tail []byte
	// dropped is the number of bytes that were printed before tail.
	dropped int
}

func (o *outputTail) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tail = append(o.tail, b...)
	if excess := len(o.tail) - minOutput; excess > minOutput { // seldom, since it copies minOutput bytes
		o.tail = append(o.tail[:0], o.tail[excess:]...)
		o.dropped += excess
	}
	return len(b), nil
}

func (o *outputTail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.tail)
}

// since returns the output after its first n bytes, as far as it is kept, and the number of
// bytes that were printed.
func (o *outputTail) since(n int) (output string, printed int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.tail[min(max(n-o.dropped, 0), len(o.tail)):]), o.dropped + len(o.tail)
}

// OutputSince returns the output of the service after its first n bytes, and the number of
// bytes that the service has printed. Output that is no longer kept is missing.
func OutputSince(s Service, n int) (output string, printed int) {
	switch s := s.(type) {
	case *goroutineService:
		return s.output.since(n)
	case *process:
		return s.output.since(n)
	default:
		all := s.Output()
		return all[min(n, len(all)):], len(all)
	}
}

// Prints reports whether the suite receives the output of the service. known is true only
// for services of [Command], [Shell] and [InProcess].
func Prints(s Service) (prints, known bool) {
	switch s := s.(type) {
	case *goroutineService:
		return s.hasOutput.Load(), true
	case *process:
		return true, true
	default:
		return false, false
	}
}
