package service

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/internal/poll"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

const (
	// StartTime limits how long a service may take until it accepts connections,
	// according to CONTRACT.md.
	StartTime = time.Minute
	// StopTime limits how long a service may take to end after SIGTERM, according to
	// CONTRACT.md.
	StopTime = 10 * time.Second
	// spanInterval and metricInterval are the export intervals of a service, in
	// milliseconds. Metrics are exported less often than spans, since each export contains
	// all series, and few checks wait for metrics.
	spanInterval   = "20"
	metricInterval = "100"
	// RareMetrics sets a long export interval, for a service whose metrics no check waits
	// for. Without it, the exports of idle services take more processor time than the
	// checks.
	RareMetrics = "OTEL_METRIC_EXPORT_INTERVAL=1000"
)

// Instance is a running service and the receiver it exports to.
type Instance struct {
	Addr      string
	Collector *otlptest.Server
	Service   Service
	Starter   Starter
	Stopped   bool
	// Processed is the number of answered requests for /process. The service counts the
	// same requests in its own metric.
	Processed int
	// Bare is set if the service is known to have no instrumentation.
	Bare bool
}

// Start starts a service on addr with a receiver at address receiver ("" means a free
// address), and returns when the service accepts connections. env is added to the
// variables that every service has; a name without a value removes a variable.
func Start(ctx context.Context, starter Starter, name, addr, receiver string, env []string) (*Instance, error) {
	collector, err := newReceiver(receiver)
	if err != nil {
		return nil, err
	}
	if addr == "" {
		if addr, err = FreeAddress(); err != nil {
			return nil, errors.Join(err, collector.Close())
		}
	}
	i := &Instance{Addr: addr, Collector: collector, Starter: starter}
	variables := append(collector.Env(),
		"OTEL_SERVICE_NAME="+name,
		"OTEL_RESOURCE_ATTRIBUTES=deployment.environment=production,team=platform",
		"OTEL_BSP_SCHEDULE_DELAY="+spanInterval,
		"OTEL_METRIC_EXPORT_INTERVAL="+metricInterval,
	)
	// For a repeated variable the last value applies, so that a check can override the
	// variables that are always set.
	i.Service, err = starter(ctx, Launch{Addr: addr, Env: lastValues(append(variables, env...))})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the service does not start: %w", err), collector.Close())
	}
	if err := i.Accepts(ctx); err != nil {
		i.Kill()
		return nil, err
	}
	return i, nil
}

// newReceiver returns a receiver on addr, or on a free address if addr is "". A check may
// close the receiver for a while. If the port were in the range from which systems assign
// ports, another program could meanwhile get the port, and receive the spans.
func newReceiver(addr string) (receiver *otlptest.Server, err error) {
	if addr != "" {
		return otlptest.NewServer(otlptest.WithAddr(addr))
	}
	const attempts = 3 // another suite may choose the same address
	for range attempts {
		if addr, err = FreeAddress(); err != nil {
			return nil, err
		}
		if receiver, err = otlptest.NewServer(otlptest.WithAddr(addr)); err == nil {
			return receiver, nil
		}
	}
	return nil, err
}

// lastValues returns the last value of each variable. Variables that were removed are
// left out.
func lastValues(env []string) []string {
	last := make(map[string]int, len(env))
	for i, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		last[name] = i
	}
	var variables []string
	for i, variable := range env {
		if name, _, isSet := strings.Cut(variable, "="); isSet && last[name] == i {
			variables = append(variables, variable)
		}
	}
	return variables
}

// FreeAddress returns a loopback address that is not in use, for a service that is given
// its address at the start. The port is below the range from which systems assign ports:
// otherwise another program could get the address before the service listens, or between
// two starts.
func FreeAddress() (string, error) {
	const lowest, ports, attempts = 10_000, 20_000, 100
	var lastErr error
	for range attempts {
		address := fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(ports))
		if lastErr = claimAddress(address); lastErr == nil {
			return address, nil
		}
	}
	return "", fmt.Errorf("no free port: %w", lastErr)
}

// claimDuration is how long an address is claimed. It is longer than a service may take
// to listen. Otherwise another service could get the address meanwhile, and the suite
// would talk to the wrong one.
const claimDuration = StartTime + 10*time.Second

// claimAddress returns an error if address is in use, or if this or another process has
// claimed it within claimDuration. A claim is a UDP socket with the same port number,
// which does not prevent a service from listening on TCP.
func claimAddress(address string) error {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	time.AfterFunc(claimDuration, func() { _ = socket.Close() }) // nothing is sent on it
	return listener.Close()
}

// Accepts waits until the service accepts connections.
func (i *Instance) Accepts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, StartTime)
	defer cancel()
	ended := false
	accepts := poll.Until(ctx, func() bool {
		select {
		case <-i.Service.Ended():
			ended = true
			return true
		default:
		}
		conn, err := wire.Dial(ctx, i.Addr)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
	switch {
	case ended:
		return fmt.Errorf("the service ended before it accepted connections%s", i.Printed())
	case !accepts:
		return fmt.Errorf("the service does not accept connections on %s in %v%s", i.Addr, StartTime, i.Printed())
	default:
		return nil
	}
}

// Printed returns the service's output, formatted for an error's text.
func (i *Instance) Printed() string {
	if out := strings.TrimSpace(i.Service.Output()); out != "" {
		return "; it printed:\n" + out
	}
	return ""
}

// Stop stops the service with SIGTERM.
func (i *Instance) Stop(ctx context.Context) error {
	i.Stopped = true
	ctx, cancel := context.WithTimeout(ctx, StopTime)
	defer cancel()
	return i.Service.Stop(ctx)
}

// Kill stops the service and its receiver at once.
func (i *Instance) Kill() {
	i.Service.Kill()
	_ = i.Collector.Close()
}
