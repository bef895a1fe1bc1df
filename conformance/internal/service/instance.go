package service

import (
	"context"
	"errors"
	"fmt"
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
	// spanExportInterval, also for log records, and metricExportInterval are the export intervals
	// of a service, in milliseconds. Metrics are exported less often than spans, since each export
	// contains all series, and few checks wait for metrics.
	spanExportInterval   = "20"
	metricExportInterval = "100"
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
	// claims reserve the addresses that Start has chosen. There is no claim of an address
	// that the caller of Start has given.
	claims []*claim
}

// Start starts a service on addr with a receiver at address receiver ("" means a free
// address), and returns when the service accepts connections. env is added to the
// variables that every service has; a name without a value removes a variable.
func Start(ctx context.Context, starter Starter, name, addr, receiver string, env []string) (*Instance, error) {
	i := &Instance{Addr: addr, Starter: starter}
	if err := i.startReceiver(receiver); err != nil {
		return nil, err
	}
	if addr == "" {
		c, err := claimFreeAddress()
		if err != nil {
			return nil, errors.Join(err, i.closeReceiver())
		}
		i.Addr, i.claims = c.address, append(i.claims, c)
	}
	variables := append(i.Collector.Env(),
		"OTEL_SERVICE_NAME="+name,
		"OTEL_RESOURCE_ATTRIBUTES=deployment.environment=production,team=platform",
		"OTEL_BSP_SCHEDULE_DELAY="+spanExportInterval,
		"OTEL_BLRP_SCHEDULE_DELAY="+spanExportInterval,
		"OTEL_METRIC_EXPORT_INTERVAL="+metricExportInterval,
	)
	// For a repeated variable the last value applies, so that a check can override the
	// variables that are always set.
	var err error
	i.Service, err = starter(ctx, Launch{Addr: i.Addr, Env: lastValues(append(variables, env...))})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the service does not start: %w", err), i.closeReceiver())
	}
	if err := i.Accepts(ctx); err != nil {
		i.Kill()
		return nil, err
	}
	return i, nil
}

// startReceiver starts the receiver on addr, or on a free address if addr is "". The claim
// of a free address is held as long as the service runs. Otherwise, while a check has
// closed the receiver, another suite could get the address and receive the telemetry.
func (i *Instance) startReceiver(addr string) (err error) {
	if addr != "" {
		i.Collector, err = otlptest.NewServer(otlptest.WithAddr(addr))
		return err
	}
	// Retry, since a program that makes no claims may listen on the claimed address.
	const attempts = 3
	for range attempts {
		c, claimErr := claimFreeAddress()
		if claimErr != nil {
			return claimErr
		}
		if i.Collector, err = otlptest.NewServer(otlptest.WithAddr(c.address)); err == nil {
			i.claims = append(i.claims, c)
			return nil
		}
		c.releaseLater()
	}
	return err
}

// lastValues returns the last value of each variable, as NAME=value. It omits a variable
// whose last element in env is a name without a value.
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
		return fmt.Errorf("the service ended before it accepted connections%s", i.Details())
	case !accepts:
		return fmt.Errorf("the service does not accept connections on %s after %v%s", i.Addr, StartTime, i.Details())
	default:
		return nil
	}
}

// endNoticeTime limits how long Details waits for the end of the service. A connection is
// refused as soon as a process has ended, but the suite notices the end a moment later.
const endNoticeTime = 200 * time.Millisecond

// Details returns what the suite knows about the service, for the end of an error's text:
// how the service ended, if it has, and the end of what it printed.
func (i *Instance) Details() string {
	const maxPrinted = 64 << 10
	var details string
	select {
	case <-i.Service.Ended():
		if s, ok := i.Service.(interface{ EndState() string }); ok {
			details = "; it ended: " + s.EndState()
		}
	case <-time.After(endNoticeTime):
	}
	out := i.Service.Output()
	if out = strings.TrimSpace(out[max(0, len(out)-maxPrinted):]); out != "" {
		details += "; it printed:\n" + out
	}
	return details
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
	_ = i.closeReceiver()
}

// closeReceiver closes the receiver and releases the claims.
func (i *Instance) closeReceiver() error {
	for _, c := range i.claims {
		c.releaseLater()
	}
	return i.Collector.Close()
}
