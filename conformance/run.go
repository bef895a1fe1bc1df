package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// checkTime bounds one check.
const checkTime = 60 * time.Second

// Option changes what [Run] runs.
type Option interface{ apply(*config) }

type config struct {
	patterns []string
	results  func(Result)
	addr     string
	receiver string
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// WithChecks runs only the checks whose ids match one of the patterns, such as
// "exclude/*", in the syntax of path.Match. Default: all. A pattern that
// matches no check is an error of Run.
func WithChecks(patterns ...string) Option {
	return option(func(c *config) { c.patterns = append(c.patterns, patterns...) })
}

// WithResults calls f with each result as soon as there is one.
func WithResults(f func(Result)) Option {
	return option(func(c *config) { c.results = f })
}

// WithAddress is for a subject that listens where it was built to and not where
// the contract's SAMESPAN_ADDR says: its services run one after the other at
// addr ("host:port"). Default: a free address for each.
func WithAddress(addr string) Option {
	return option(func(c *config) { c.addr = addr })
}

// Run judges the subject by the checks, one after the other. Its error is about
// the call, such as a declaration that is incomplete; what goes wrong with a
// check is in its result.
func Run(ctx context.Context, subject Subject, options ...Option) (*Report, error) {
	var c config
	for _, o := range options {
		o.apply(&c)
	}
	checks := Checks()
	if err := subject.validate(checks); err != nil {
		return nil, fmt.Errorf("conformance: %w", err)
	}
	if subject.isRunning() && (c.addr == "" || c.receiver == "") {
		return nil, fmt.Errorf("conformance: %s: a service that runs already needs WithAddress and WithReceiver, got %q and %q", subject.Name, c.addr, c.receiver)
	}
	checks, err := selected(checks, c.patterns)
	if err != nil {
		return nil, err
	}
	r := &runner{subject: &subject, addr: c.addr, receiver: c.receiver, instances: make(map[string]*instance)}
	defer r.close()
	report := &Report{
		Subject: SubjectInfo{
			Name:      subject.Name,
			Framework: subject.Framework, FrameworkVersion: subject.FrameworkVersion,
			Instrumentation: subject.Instrumentation, InstrumentationVersion: subject.InstrumentationVersion,
		},
		Started: time.Now(),
	}
	for i := range checks {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("conformance: %w", err)
		}
		result := r.run(ctx, &checks[i])
		r.end(checks[i+1:])
		report.Results = append(report.Results, result)
		if c.results != nil {
			c.results(result)
		}
	}
	report.Duration = Duration(time.Since(report.Started))
	return report, nil
}

// runner runs the checks of one subject. Checks with the same environment share
// a service; the checks are one after the other, since they count.
type runner struct {
	subject *Subject
	// addr is where every service is, and receiver where it exports to, ""
	// for a free address for each.
	addr      string
	receiver  string
	instances map[string]*instance
	broken    map[string]error
	// tried says that the service has been tried, and hopeless why none of the
	// checks can be decided: each of them would wait for as long as it may.
	tried    bool
	hopeless error
}

func (r *runner) close() {
	for _, i := range r.instances {
		i.kill()
	}
	clear(r.instances)
}

// end ends the services that none of the later checks is known to need, and
// lets the receivers of the others forget what the check before has seen, which
// is in its evidence: each service exports without a pause.
func (r *runner) end(later []Check) {
	needed := map[string]bool{"": true, bare: true}
	for i := range later {
		needed[strings.Join(later[i].env(r.subject), "\n")] = true
	}
	for key, i := range r.instances {
		if needed[key] {
			i.collector.Reset()
			continue
		}
		i.kill()
		delete(r.instances, key)
	}
}

// run runs one check and turns what it found into its result.
func (r *runner) run(ctx context.Context, c *Check) Result {
	result := Result{Check: CheckInfo{ID: c.ID, Rule: c.Rule, Source: c.Source}}
	if missing := c.missing(r.subject); len(missing) > 0 {
		result.Outcome = NotApplicable
		result.Reason = fmt.Sprintf("the subject does not have: %v", missing)
		return result
	}
	if reason := c.needsStart(r.subject); reason != "" {
		result.Outcome, result.Reason = NotApplicable, reason
		return result
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	probe := &Probe{ctx: ctx, subject: r.subject}
	err := r.able(ctx)
	if err == nil {
		err = r.probe(c, probe)
	}
	result.Duration = Duration(time.Since(began))
	result.Problems = probe.problems
	result.Evidence = probe.evidence
	known := r.subject.knownFailure(c.ID)
	notApplicable := inapplicable{}
	if errors.As(err, &notApplicable) && len(probe.problems) > 0 {
		err = nil // It breaks the rule as far as it could be looked at.
	}
	switch {
	case err != nil && notApplicable.reason != "":
		result.Outcome, result.Reason = NotApplicable, notApplicable.reason
	case err != nil:
		result.Outcome, result.Reason = Error, err.Error()
	case len(probe.problems) > 0 && known != "":
		result.Outcome, result.Reason = KnownFailure, known
	case len(probe.problems) > 0:
		result.Outcome = Fail
	case known != "":
		result.Outcome = Fail
		result.Problems = []Problem{{What: "a known failure (" + known + ")", Got: "pass", Want: "that the subject no longer declares it"}}
	default:
		result.Outcome = Pass
	}
	return result
}

// able returns an error unless the service, without anything of a check's own,
// starts, answers and exports. It tries that once.
func (r *runner) able(ctx context.Context) error {
	if r.hopeless != nil {
		text, _, _ := strings.Cut(r.hopeless.Error(), "\n")
		return errors.New("as with the first check: " + text)
	}
	if r.tried {
		return nil
	}
	r.tried = true
	i, err := r.instance(ctx, "", nil)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, startTime)
		defer cancel()
		p := &Probe{ctx: ctx, subject: r.subject, instance: i}
		ready := p.Settle
		if r.subject.isRunning() {
			ready = p.adopt
		}
		err = decided(ready)
	}
	r.hopeless = err
	return err
}

// decided returns why f could not be decided.
func decided(f func()) (err error) {
	defer func() {
		switch value := recover().(type) {
		case nil:
		case suiteError:
			err = value.error
		default:
			panic(value)
		}
	}()
	f()
	return nil
}

// probe gives the check its service and runs it.
func (r *runner) probe(c *Check, p *Probe) (err error) {
	key := strings.Join(c.env(r.subject), "\n")
	if c.Own {
		key = c.ID
	}
	if p.instance, err = r.instance(p.ctx, key, c.env(r.subject)); err != nil {
		return err
	}
	p.also = func(env ...string) (*instance, error) { return r.instance(p.ctx, strings.Join(env, "\n"), env) }
	p.own = func() (*instance, error) { return r.instance(p.ctx, key, c.env(r.subject)) }
	defer func() {
		for _, clean := range p.cleanups {
			clean()
		}
	}()
	defer p.keepEvidence()
	if err := decided(func() { c.run(p) }); err != nil {
		return err
	}
	if c.Own || p.instance.stopped {
		p.instance.kill()
		delete(r.instances, key)
	}
	return nil
}

// instance returns the service for an environment. One that cannot be started
// is not tried again for each check.
func (r *runner) instance(ctx context.Context, key string, env []string) (*instance, error) {
	if err := r.broken[key]; err != nil {
		return nil, err
	}
	if i, ok := r.instances[key]; ok {
		select {
		case <-i.service.Ended():
			return nil, errors.New("the service has ended by itself" + i.printed())
		default:
			return i, nil
		}
	}
	if r.addr != "" {
		r.close()
	}
	i, err := start(ctx, r.subject, r.addr, r.receiver, env)
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

// keepEvidence adds the spans of the check's traces to its evidence.
func (p *Probe) keepEvidence() {
	for _, id := range p.traces {
		for _, s := range p.trace(id) {
			p.evidence.Spans = append(p.evidence.Spans, spanInfo(s))
		}
	}
}
