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
	// StartTime limits how long a service may take to accept connections,
	// according to CONTRACT.md.
	StartTime = time.Minute
	// StopTime limits how long it may take to end after SIGTERM, according to
	// CONTRACT.md.
	StopTime = 10 * time.Second
	// spanInterval and metricInterval are the export intervals of a service, in
	// milliseconds. Each metric export has all series, and few checks wait for
	// one.
	spanInterval   = "20"
	metricInterval = "100"
)

// Instance is a running service and the receiver it exports to.
type Instance struct {
	Addr      string
	Collector *otlptest.Server
	Service   Service
	Starter   Starter
	Stopped   bool
	// Processed counts the answered requests for /process, which the service
	// counts in its own metric.
	Processed int
	// Bare is set once the service was seen to have no instrumentation.
	Bare bool
}

// Start starts a service on addr with a receiver on another address ("" means a
// free one), and returns when it accepts connections. The variables are added
// to those that every service has; a name without a value removes one of these.
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
	// The last value of a variable applies, so that a check can override what
	// is always set.
	i.Service, err = starter(ctx, Launch{Addr: addr, Env: lastOfEach(append(variables, env...))})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the service does not start: %w", err), collector.Close())
	}
	if err := i.Accepts(ctx); err != nil {
		i.Kill()
		return nil, err
	}
	return i, nil
}

// newReceiver returns a receiver on addr, or on a free address. Systems do not
// assign that address to other programs while a check has closed the receiver:
// another program would otherwise receive the spans.
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

// lastOfEach keeps the last value of each variable, and none that was removed.
func lastOfEach(env []string) []string {
	last := make(map[string]int, len(env))
	for i, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		last[name] = i
	}
	var kept []string
	for i, variable := range env {
		if name, _, isSet := strings.Cut(variable, "="); isSet && last[name] == i {
			kept = append(kept, variable)
		}
	}
	return kept
}

// FreeAddress returns a loopback address that is not in use, for a service that
// is told where to listen. Its port is below the range from which systems
// assign ports: otherwise another program could get it before the service
// listens, or between two starts.
func FreeAddress() (string, error) {
	const lowest, ports, attempts = 10_000, 20_000, 100
	var last error
	for range attempts {
		address := fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(ports))
		if last = claimAddress(address); last == nil {
			return address, nil
		}
	}
	return "", fmt.Errorf("no free port: %w", last)
}

// claimDuration is how long an address is claimed: longer than a service may take to listen.
// Otherwise the suite could talk to another service that has got the address meanwhile.
const claimDuration = StartTime + 10*time.Second

// claimAddress returns an error if address is in use, or was claimed within claimDuration,
// by this process or another. A claim is a UDP socket with the same port,
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

// Printed is what the service has printed, for an error's text.
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

// Kill ends service and receiver, whatever their state.
func (i *Instance) Kill() {
	i.Service.Kill()
	_ = i.Collector.Close()
}
