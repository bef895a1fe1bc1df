package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/otlptest"
)

// NotStartedWith is why a check that needs a service with these variables does not
// apply to one that runs already.
func NotStartedWith(env []string) string {
	return fmt.Sprintf("the check needs a service that is started with %s, and this one runs already", strings.Join(env, " "))
}

// adopt waits until a service that runs already is answering and exporting, and
// takes its count of requests over.
func (p *Probe) adopt() {
	for {
		// It may have looked for the receiver in vain for a while, and look
		// again only some seconds later.
		err := decided(p.Settle)
		if err == nil {
			break
		}
		if p.ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			p.Cannot("%w\nA service that runs already exports to %s, with the variables that CONTRACT.md lists", err, p.instance.Collector.Endpoint())
		}
	}
	p.instance.Collector.Reset()
	ctx, cancel := context.WithTimeout(p.ctx, arrivalTime)
	defer cancel()
	// The first may have been collected a while ago.
	_ = p.instance.Collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		found := 0
		for _, m := range s.Metrics() {
			if m.Name() == contract.ProcessedMetric {
				p.instance.Processed = total(m.Points())
				found++
			}
		}
		return found >= 2
	})
}
