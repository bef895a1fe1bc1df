package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

const (
	// startTime is how long a service may take to accept connections,
	// stopTime how long to end after SIGTERM: both are the contract's.
	startTime = 30 * time.Second
	stopTime  = 10 * time.Second
	// exportInterval is how often a service exports.
	exportInterval = "20"
)

// instance is a running service and the receiver it exports to.
type instance struct {
	addr      string
	collector *otlptest.Server
	service   Service
	stopped   bool
	// processed is how many requests for /process were answered, which the
	// service counts in a metric of its own.
	processed int
}

// start starts the subject's service at addr, with a receiver at another
// address, each a free one for "", and returns once it accepts connections.
func start(ctx context.Context, s *Subject, addr, receiver string, env []string) (*instance, error) {
	collector, err := otlptest.NewServer(otlptest.WithAddr(cmp.Or(receiver, "127.0.0.1:0")))
	if err != nil {
		return nil, err
	}
	if addr == "" {
		if addr, err = FreeAddress(); err != nil {
			return nil, errors.Join(err, collector.Close())
		}
	}
	i := &instance{addr: addr, collector: collector}
	variables := append(collector.Env(),
		"OTEL_SERVICE_NAME="+s.Name,
		"OTEL_RESOURCE_ATTRIBUTES=deployment.environment=production,team=platform",
		"OTEL_BSP_SCHEDULE_DELAY="+exportInterval,
		"OTEL_METRIC_EXPORT_INTERVAL="+exportInterval,
	)
	// A later variable wins, so that a check can change what is always set.
	i.service, err = s.Starter.Start(ctx, Launch{Addr: addr, Env: dedupe(append(variables, env...))})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the service does not start: %w", err), collector.Close())
	}
	if err := i.accepts(ctx); err != nil {
		i.kill()
		return nil, err
	}
	return i, nil
}

// dedupe keeps the last of several values of a variable.
func dedupe(env []string) []string {
	last := make(map[string]int, len(env))
	for i, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		last[name] = i
	}
	var kept []string
	for i, variable := range env {
		if name, _, _ := strings.Cut(variable, "="); last[name] == i {
			kept = append(kept, variable)
		}
	}
	return kept
}

// FreeAddress returns a loopback address that nobody listens on, for a service
// that is told where to listen. Its port is below those that systems give to
// connections and to listeners that ask for any: by the time the service
// listens, or listens again, somebody else would have got one of them.
func FreeAddress() (string, error) {
	const lowest, ports, attempts = 10_000, 20_000, 100
	var last error
	for range attempts {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(ports)))
		if err == nil {
			return listener.Addr().String(), listener.Close()
		}
		last = err
	}
	return "", fmt.Errorf("no free port: %w", last)
}

// accepts waits until the service accepts connections.
func (i *instance) accepts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := dial(ctx, i.addr); err == nil {
			conn.Close()
			return nil
		}
		select {
		case <-i.service.Ended():
			return fmt.Errorf("the service ended before it accepted connections%s", i.printed())
		case <-ctx.Done():
			return fmt.Errorf("the service does not accept connections on %s in %v%s", i.addr, startTime, i.printed())
		case <-tick.C:
		}
	}
}

// printed is what the service has printed, for an error's text.
func (i *instance) printed() string {
	if out := strings.TrimSpace(i.service.Output()); out != "" {
		return "; it printed:\n" + out
	}
	return ""
}

// stop ends the service as SIGTERM does.
func (i *instance) stop(ctx context.Context) error {
	i.stopped = true
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	return i.service.Stop(ctx)
}

// kill ends everything, whatever state it is in.
func (i *instance) kill() {
	i.service.Kill()
	_ = i.collector.Close()
}
