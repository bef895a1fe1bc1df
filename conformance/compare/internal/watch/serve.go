package watch

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/core"
)

// Serve runs one of this project's subjects on addr, like [subject.Subject.Run]. It stops
// when ctx or input ends, or the process receives a signal to stop. It writes a report to
// output at its start, for each line of input, and at its end.
func Serve(ctx context.Context, s subject.Subject, addr string, input io.Reader, output io.Writer) error {
	useResolver()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		mu      sync.Mutex
		encoder = json.NewEncoder(output)
		running atomic.Pointer[core.Telemetry]
	)
	write := func(r Report) {
		mu.Lock()
		defer mu.Unlock()
		// An error means that the parent process has ended. The input is then closed,
		// which stops the service.
		_ = encoder.Encode(r)
	}
	s.Serve = func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
		running.Store(tel)
		return tel.Serve(ctx, server)
	}
	ready := func() {
		write(newReport(running.Load()))
		lines := bufio.NewScanner(input)
		for lines.Scan() {
			write(newReport(running.Load()))
		}
		cancel()
	}
	err := s.Run(ctx, addr, "", ready)
	tel := running.Load()
	finalReport := newReport(tel)
	finalReport.Ended = true
	problem := err
	if tel != nil {
		// The telemetry has already been shut down. This call only returns the error that
		// reports lost spans.
		problem = errors.Join(err, tel.Shutdown(context.WithoutCancel(ctx)))
	}
	if problem != nil {
		finalReport.Err = problem.Error()
	}
	write(finalReport)
	return err
}

// ResolverVariable is the environment variable with the address of a DNS server. The
// service uses it instead of the system's, so that tests can change what a name resolves to.
const ResolverVariable = "SAMESPAN_RESOLVER"

// useResolver makes the process use the DNS server of ResolverVariable, if that is set.
func useResolver() {
	address := os.Getenv(ResolverVariable)
	if address == "" {
		return
	}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", address)
	}}
}
