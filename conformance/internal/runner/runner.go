package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
)

// Runner runs the checks of one subject. Checks with the same environment share
// a service; the checks are one after the other, since they count.
type Runner struct {
	subject *probe.Declared
	starter service.Starter
	// addr is where every service is, and receiver where it exports to, ""
	// for a free address for each.
	addr      string
	receiver  string
	instances map[string]*service.Instance
	broken    map[string]error
	// tried says that the service has been tried, and hopeless why none of the
	// checks can be decided: each of them would wait for as long as it may.
	tried    bool
	hopeless error
}

// New returns a Runner for the services that starter starts. All of them are at
// addr, and export to receiver, each a free address for "".
func New(subject *probe.Declared, starter service.Starter, addr, receiver string) *Runner {
	return &Runner{subject: subject, starter: starter, addr: addr, receiver: receiver, instances: make(map[string]*service.Instance)}
}

// Close ends all services.
func (r *Runner) Close() {
	for _, i := range r.instances {
		i.Kill()
	}
	clear(r.instances)
}

// Retire ends the services that none of the later checks is known to need, and
// lets the receivers of the others forget what the check before has seen, which
// is in its evidence: each service exports without a pause.
func (r *Runner) Retire(later []check.Check) {
	needed := map[string]bool{"": true, contract.BareService: true}
	for i := range later {
		needed[strings.Join(later[i].Variables(r.subject), "\n")] = true
	}
	for key, i := range r.instances {
		if needed[key] {
			i.Collector.Reset()
			continue
		}
		i.Kill()
		delete(r.instances, key)
	}
}

// checkTime bounds one check.
const checkTime = 3 * time.Minute

// Run runs one check.
func (r *Runner) Run(ctx context.Context, c *check.Check) probe.Found {
	if missing := c.Missing(r.subject); len(missing) > 0 {
		return probe.Found{NotApplicable: fmt.Sprintf("the subject does not have: %v", missing)}
	}
	if reason := r.needsStart(c); reason != "" {
		return probe.Found{NotApplicable: reason}
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	if err := r.able(ctx); err != nil {
		return probe.Found{Err: err}
	}
	return r.judge(ctx, c)
}

// needsStart is why a check does not apply to a service that runs already, ""
// if it does.
func (r *Runner) needsStart(c *check.Check) string {
	switch env := c.Variables(r.subject); {
	case !r.subject.Running:
		return ""
	case len(env) > 0:
		return probe.NotStartedWith(env)
	case c.Own:
		return "the check needs a service of its own, and this one runs already"
	default:
		return ""
	}
}

// able returns an error unless the service, without anything of a check's own,
// starts, answers and exports, and finds out what it offers. It tries that once.
func (r *Runner) able(ctx context.Context) error {
	if r.hopeless != nil {
		text, _, _ := strings.Cut(r.hopeless.Error(), "\n")
		return errors.New("as with the first check: " + text)
	}
	if r.tried {
		return nil
	}
	r.tried = true
	ctx, cancel := context.WithTimeout(ctx, service.StartTime)
	defer cancel()
	r.subject.Offer, r.hopeless = probe.New(ctx, r.subject, r.services(ctx, "", nil)).Offer()
	return r.hopeless
}

// judge gives the check its service and runs it.
func (r *Runner) judge(ctx context.Context, c *check.Check) probe.Found {
	env := c.Variables(r.subject)
	key := strings.Join(env, "\n")
	if c.Own {
		key = c.ID
	}
	found := probe.New(ctx, r.subject, r.services(ctx, key, env)).Judge(c.Run)
	if i := r.instances[key]; i != nil && (found.Ended || c.Own && found.Err == nil) {
		i.Kill()
		delete(r.instances, key)
	}
	return found
}

// services are those of a check whose own one has the key.
func (r *Runner) services(ctx context.Context, key string, env []string) probe.Services {
	return probe.Services{
		Own:  func() (*service.Instance, error) { return r.instance(ctx, key, env) },
		With: func(env ...string) (*service.Instance, error) { return r.instance(ctx, strings.Join(env, "\n"), env) },
	}
}

// instance returns the service for an environment. One that cannot be started
// is not tried again for each check.
func (r *Runner) instance(ctx context.Context, key string, env []string) (*service.Instance, error) {
	if err := r.broken[key]; err != nil {
		return nil, err
	}
	if i, ok := r.instances[key]; ok {
		select {
		case <-i.Service.Ended():
			return nil, errors.New("the service has ended by itself" + i.Printed())
		default:
			return i, nil
		}
	}
	if r.addr != "" {
		r.Close()
	}
	i, err := service.Start(ctx, r.starter, r.subject.Name, r.addr, r.receiver, env)
	if err != nil {
		if r.broken == nil {
			r.broken = make(map[string]error)
		}
		r.broken[key] = err
		return nil, err
	}
	r.instances[key] = i
	return i, nil
}
