package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startTimeout limits how long a service may take to accept connections.
const startTimeout = 30 * time.Second

// Process is a service that was started with [Start].
type Process struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	reports chan Report // has the requested report, until it is read
	stderr  outputTail
	// requestMu serializes requests for a report.
	requestMu sync.Mutex

	ended       chan struct{} // closed when the process has ended
	finalReport Report        // the final report, set when the process has ended
	err         error         // the error of exec.Cmd.Wait, set when the process has ended
}

// Start starts a command that calls [Serve], and returns when the service accepts
// connections. The command inherits the environment of this process, except variables that
// configure a service, and gets the variables env in addition. The caller must call Wait or
// Kill.
func Start(ctx context.Context, command, env []string) (*Process, error) {
	p := &Process{
		cmd:     exec.Command(command[0], command[1:]...), //nolint:noctx // ends by Terminate, Kill, or when this process ends
		reports: make(chan Report, 1),
		ended:   make(chan struct{}),
	}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "OTEL_") && !strings.HasPrefix(variable, "SAMESPAN_") {
			p.cmd.Env = append(p.cmd.Env, variable)
		}
	}
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stderr = &p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("watch: start %s: %w", strings.Join(command, " "), err)
	}
	go p.readReports(out)
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if _, err := p.nextReport(ctx); err != nil {
		p.Kill()
		return nil, fmt.Errorf("watch: %s does not accept connections: %w; it printed:\n%s", strings.Join(command, " "), err, &p.stderr)
	}
	return p, nil
}

// readReports reads the reports until the process has ended.
func (p *Process) readReports(out io.Reader) {
	decoder := json.NewDecoder(out)
	for {
		var r Report
		if err := decoder.Decode(&r); err != nil {
			break
		}
		if r.Ended {
			p.finalReport = r
			continue
		}
		select {
		case <-p.reports: // the request for this report has timed out
		default:
		}
		p.reports <- r
	}
	_, _ = io.Copy(io.Discard, out)
	p.err = p.cmd.Wait()
	close(p.ended)
}

// errEnded is the error of nextReport if the process has ended and there will be no further
// report.
var errEnded = errors.New("the process has exited")

// nextReport waits for a report.
func (p *Process) nextReport(ctx context.Context) (Report, error) {
	select {
	case r := <-p.reports:
		return r, nil
	case <-p.ended:
		return Report{}, errEnded
	case <-ctx.Done():
		return Report{}, ctx.Err()
	}
}

// Report requests a report from the service.
func (p *Process) Report(ctx context.Context) (Report, error) {
	p.requestMu.Lock()
	defer p.requestMu.Unlock()
	select {
	case <-p.reports: // a late report for a request that has timed out
	default:
	}
	if _, err := io.WriteString(p.stdin, "report\n"); err != nil {
		return Report{}, fmt.Errorf("watch: request a report: %w", err)
	}
	r, err := p.nextReport(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("watch: report: %w", err)
	}
	return r, nil
}

// Terminate sends SIGTERM.
func (p *Process) Terminate() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("watch: send SIGTERM: %w", err)
	}
	return nil
}

// Exit describes how a service has ended.
type Exit struct {
	// Report is the final report, or the zero Report if the process ended without one.
	Report
	// Status is the exit status, -1 after a signal.
	Status int
	// Stderr is the end of the process's standard error.
	Stderr string
}

// Wait waits until the process has ended. If ctx ends first, it kills the
// process and returns an error.
func (p *Process) Wait(ctx context.Context) (Exit, error) {
	var late error
	select {
	case <-p.ended:
	case <-ctx.Done():
		late = fmt.Errorf("watch: the process did not exit in time: %w; it printed:\n%s", ctx.Err(), &p.stderr)
		p.Kill()
	}
	exit := Exit{Report: p.finalReport, Status: p.cmd.ProcessState.ExitCode(), Stderr: p.stderr.String()}
	var status *exec.ExitError
	if p.err != nil && !errors.As(p.err, &status) {
		return exit, errors.Join(late, fmt.Errorf("watch: %w", p.err))
	}
	return exit, late
}

// Ended returns a channel that is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Kill ends the process at once.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// maxTailLength is the number of bytes that an outputTail keeps.
const maxTailLength = 16 << 10

// outputTail is a writer that keeps the end of what is written, for error messages.
type outputTail struct {
	mu      sync.Mutex
	content []byte
}

func (t *outputTail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.content = append(t.content, b...)
	if excess := len(t.content) - maxTailLength; excess > 0 {
		t.content = append(t.content[:0], t.content[excess:]...)
	}
	return len(b), nil
}

func (t *outputTail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.content)
}
