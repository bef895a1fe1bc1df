package probe

import (
	"context"
	"errors"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/service"
)

// Probe is what a check works with: a running service, what it has exported,
// and the problems that were found. A rule that is broken is a Problem and the
// check goes on; what keeps the suite from telling ends the check as an error.
type Probe struct {
	// Subject is what the subject declares of itself.
	Subject *Declared

	ctx      context.Context
	services Services
	instance *service.Instance
	problems []Problem
	evidence Evidence
	// traces are those whose spans are evidence.
	traces   []string
	cleanups []func()
}

// Services gives a probe its services.
type Services struct {
	// Own returns the check's own service. Where services run one after the other
	// it may be a new one each time.
	Own func() (*service.Instance, error)
	// With returns the service that is started with env, which checks share.
	With func(env ...string) (*service.Instance, error)
}

// New returns a probe for one check, whose time ends with ctx.
func New(ctx context.Context, subject *Declared, services Services) *Probe {
	return &Probe{ctx: ctx, Subject: subject, services: services}
}

// Found is what a check has found.
type Found struct {
	Problems []Problem
	Evidence Evidence
	// Err says why the check could not be decided, and NotApplicable why it does
	// not apply to the subject.
	Err           error
	NotApplicable string
	// Ended says that the check has ended its service.
	Ended bool
}

// Judge runs a check and returns what it has found.
func (p *Probe) Judge(check func(*Probe)) Found {
	var err error
	if p.instance, err = p.services.Own(); err != nil {
		return Found{Err: err}
	}
	err = decided(func() { check(p) })
	p.keepEvidence()
	for _, clean := range p.cleanups {
		clean()
	}
	found := Found{Problems: p.problems, Evidence: p.evidence, Ended: p.instance.Stopped}
	lacks := inapplicable{}
	switch {
	case !errors.As(err, &lacks):
		found.Err = err
	case len(p.problems) == 0:
		found.NotApplicable = lacks.reason
	default:
		// It breaks the rule as far as it could be looked at.
	}
	return found
}

// Context ends with the check's time.
func (p *Probe) Context() context.Context { return p.ctx }

// Has tells whether the subject declares the capability.
func (p *Probe) Has(c contract.Capability) bool { return p.Subject.Can(c) }

// Template returns the framework's form of a route with braces.
func (p *Probe) Template(route string) string { return p.Subject.Template(route) }

// IsRunning tells whether the service is not the suite's to start.
func (p *Probe) IsRunning() bool { return p.Subject.Running }

// Cleanup calls f at the end of the check.
func (p *Probe) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }
