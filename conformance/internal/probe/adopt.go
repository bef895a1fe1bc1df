package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/otlptest"
)

// NotStartedWith returns the reason why a check that needs the variables is not
// applicable to a service that is already running.
func NotStartedWith(env []string) string {
	return fmt.Sprintf("the check needs a service that is started with %s, but this service is already running", strings.Join(env, " "))
}

// awaitRunning waits until a service that is already running answers and exports, and
// reads the service's count of requests.
func (p *Probe) awaitRunning() {
	for {
		// Settle may time out. The service has perhaps failed to connect to the receiver for
		// a while, and retries only some seconds later.
		err := recoverSuiteError(p.Settle)
		if err == nil {
			break
		}
		if p.ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			p.Cannot("%w\nThe running service must export to %s: CONTRACT.md lists the variables to start it with", err, p.instance.Collector.Endpoint())
		}
	}
	p.instance.Collector.Reset()
	ctx, cancel := context.WithTimeout(p.ctx, arrivalTimeout)
	defer cancel()
	// Wait for two collections: the first may have begun before Settle's requests.
	_ = p.instance.Collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		found := 0
		for _, m := range s.Metrics() {
			if m.Name() == contract.ProcessedMetric {
				p.instance.Processed = sumValues(m.Points())
				found++
			}
		}
		return found >= 2
	})
}
