package probe

import (
	"context"
	"errors"
	"strings"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/service"
)

// Probe provides what a check needs: a running service, its exported telemetry,
// and the recorded problems. If a rule is violated, a problem is recorded and
// the check continues; if the suite cannot decide, the check ends with an
// error.
type Probe struct {
	// Subject is the declaration of the subject.
	Subject *Declared

	ctx      context.Context
	services Services
	instance *service.Instance // the service to which requests are sent
	problems []Problem
	evidence Evidence
	// evidenceTraceIDs are the ids of the traces whose spans are evidence.
	evidenceTraceIDs []string
	cleanups         []func() // called when the check ends
}

// Services provides the services for a probe.
type Services struct {
	// Own returns the check's own service. If services run one after the other, it may
	// return a new service each time.
	Own func() (*service.Instance, error)
	// With returns a service started with env, which other checks may share.
	With func(env ...string) (*service.Instance, error)
	// RareMetrics is set if the services export their metrics too rarely to wait for.
	RareMetrics bool
}

// New returns a probe for one check. The check ends when ctx does.
func New(ctx context.Context, subject *Declared, services Services) *Probe {
	return &Probe{ctx: ctx, Subject: subject, services: services}
}

// Found is the result of a check.
type Found struct {
	Problems []Problem
	Evidence Evidence
	// Err is the reason why the check could not be decided, and NotApplicable the reason
	// why the check does not apply.
	Err           error
	NotApplicable string
	// Ended is set if the check has stopped its service.
	Ended bool
}

// Judge runs a check and returns its result.
func (p *Probe) Judge(check func(*Probe)) Found {
	var err error
	if p.instance, err = p.services.Own(); err != nil {
		return Found{Err: err}
	}
	err = recoverSuiteError(func() { check(p) })
	p.addSpansToEvidence()
	for _, clean := range p.cleanups {
		clean()
	}
	found := Found{Problems: p.problems, Evidence: p.evidence, Ended: p.instance.Stopped}
	lacks := notApplicable{}
	switch {
	case !errors.As(err, &lacks):
		found.Err = err
	case len(p.problems) == 0:
		found.NotApplicable = lacks.reason
	default:
		// The check has found problems before it ended as not applicable. The problems take
		// precedence, since the rule is violated.
	}
	return found
}

// Context returns the context of the check. It is canceled when the check's time is over.
func (p *Probe) Context() context.Context { return p.ctx }

// Has reports whether the subject declares the capability.
func (p *Probe) Has(c contract.Capability) bool { return p.Subject.Can(c) }

// Template converts a route with braces to the framework's form. It returns "" if the
// spans can have no routes.
func (p *Probe) Template(route string) string { return p.Subject.Template(route) }

// Route returns the expected http.route of a request to the route, or nil if the span must
// have no http.route.
func (p *Probe) Route(route string) any {
	if template := p.Template(route); template != "" {
		return template
	}
	return nil
}

// SpanName returns the expected name of the span of a request to the route.
func (p *Probe) SpanName(method, route string) string {
	return strings.TrimSuffix(method+" "+p.Template(route), " ")
}

// IsRunning reports whether the service was started outside the suite.
func (p *Probe) IsRunning() bool { return p.Subject.Running }

// Cleanup calls f at the end of the check.
func (p *Probe) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }
