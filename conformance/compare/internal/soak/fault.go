package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/samespan/samespan/conformance/otlptest"
)

// exportFault is a way in which a collector fails to receive exports, during a soak.
type exportFault struct {
	name string
	// refusesConnections is set if the fault stops the collector, so that connections are
	// refused. If response is set too, the collector is restarted immediately.
	refusesConnections bool
	// response, if not nil, is how the running collector responds.
	response otlptest.Response
}

// exportFaults returns the faults of the collector that the soak injects.
func exportFaults(random *rand.Rand) []exportFault {
	return []exportFault{
		{name: "stopped", refusesConnections: true},
		{name: "black hole", response: otlptest.BlackHole},
		{name: "slow", response: otlptest.Slow(300 * time.Millisecond)},
		{name: "unavailable", response: otlptest.Fail(codes.Unavailable)},
		{name: "resource exhausted", response: otlptest.Fail(codes.ResourceExhausted)},
		{name: "throttling", response: otlptest.Throttle(200 * time.Millisecond)},
		{name: "rejecting some", response: otlptest.RejectPart(1+random.IntN(20), "some spans are rejected")},
		{name: "warning", response: otlptest.RejectPart(0, "a warning of the collector")},
		{name: "closing connections", response: otlptest.Cut},
		{name: "losing responses", response: otlptest.LoseAnswer},
		{name: "losing the first responses", response: otlptest.First(3, otlptest.LoseAnswer)},
		{name: "unavailable for the first exports", response: otlptest.First(5, otlptest.Fail(codes.Unavailable))},
		{name: "restarting", refusesConnections: true, response: otlptest.Slow(50 * time.Millisecond)},
	}
}

// The limits of the random times for which a collector works, and for which it fails.
const (
	minHealthyTime, maxHealthyTime = 500 * time.Millisecond, 5 * time.Second
	minFaultTime, maxFaultTime     = 500 * time.Millisecond, 6 * time.Second
)

// injectFaults injects one fault after the other into the collector, or into the network in
// front of it, until ctx ends. When it returns, the collector and the network work. It calls
// logEvent with the name of each fault.
func (s *testedService) injectFaults(ctx context.Context, random *rand.Rand, logEvent func(string)) error {
	c, networkFaults := s.collector, networkFaults(s.network.transport)
	for pause(ctx, randomDuration(random, minHealthyTime, maxHealthyTime)) {
		exportFaults := exportFaults(random)
		wait := func() { pause(ctx, randomDuration(random, minFaultTime, maxFaultTime)) }
		var err error
		if i := random.IntN(len(exportFaults) + len(networkFaults)); i < len(exportFaults) {
			logEvent(exportFaults[i].name)
			err = c.injectFault(ctx, exportFaults[i], wait)
		} else {
			fault := networkFaults[i-len(exportFaults)]
			logEvent(fault.name)
			err = s.network.injectFault(fault, wait)
		}
		if err != nil {
			return fmt.Errorf("soak: collector at %s: %w", c.addr, err)
		}
		logEvent("works again")
	}
	return nil
}

// injectFault makes the collector fail, calls wait, and makes the collector work again.
func (c *collector) injectFault(ctx context.Context, f exportFault, wait func()) error {
	ctx = context.WithoutCancel(ctx)
	if f.refusesConnections {
		if err := c.stopServer(); err != nil {
			return err
		}
		if f.response != nil {
			if err := c.restart(ctx); err != nil {
				return err
			}
		}
	}
	if f.response != nil {
		c.setFault(f.response)
	}
	wait()
	if err := c.restart(ctx); err != nil {
		return err
	}
	c.setFault(nil)
	return nil
}

func randomDuration(random *rand.Rand, shortest, longest time.Duration) time.Duration {
	return shortest + time.Duration(random.Int64N(int64(longest-shortest)))
}
