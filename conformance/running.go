package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// Running is the Starter of a service that runs already, at [WithAddress], and
// exports to [WithReceiver], configured as CONTRACT.md says. The suite neither
// starts nor ends it: checks that need a service with other variables, or one of
// their own, are not applicable.
func Running() Starter { return running{} }

type running struct{}

// Start implements Starter.
func (running) Start(context.Context, Launch) (Service, error) { return running{}, nil }

var errRunning = errors.New("the suite does not end a service that it has not started")

// Stop implements Service.
func (running) Stop(context.Context) error { return errRunning }

// Kill implements Service.
func (running) Kill() {}

// Ended implements Service: nobody tells.
func (running) Ended() <-chan struct{} { return nil }

// Output implements Service: nobody sees it.
func (running) Output() string { return "" }

// WithReceiver is where the suite receives what services export, as
// "host:port". It is for [Running]: others are told where to export to.
// Default: a free address for each service.
func WithReceiver(addr string) Option {
	return option(func(c *config) { c.receiver = addr })
}

// isRunning tells whether the subject is not the suite's to start.
func (s *Subject) isRunning() bool {
	_, ok := s.Starter.(running)
	return ok
}

// inapplicable is why a check does not apply.
type inapplicable struct{ reason string }

func (e inapplicable) Error() string { return e.reason }

// needsStart is why a check does not apply to a service that runs already, ""
// if it does.
func (c *Check) needsStart(s *Subject) string {
	switch env := c.env(s); {
	case !s.isRunning():
		return ""
	case len(env) > 0:
		return notStartedWith(env)
	case c.Own:
		return "the check needs a service of its own, and this one runs already"
	default:
		return ""
	}
}

func notStartedWith(env []string) string {
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
			p.cannot("%w\nA service that runs already exports to %s, with the variables that CONTRACT.md lists", err, p.instance.collector.Endpoint())
		}
	}
	p.instance.collector.Reset()
	ctx, cancel := context.WithTimeout(p.ctx, arrivalTime)
	defer cancel()
	// The first may have been collected a while ago.
	_ = p.instance.collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		found := 0
		for _, m := range s.Metrics() {
			if m.Name() == processedMetric {
				p.instance.processed = total(m.Points())
				found++
			}
		}
		return found >= 2
	})
}
