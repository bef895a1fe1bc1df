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

// Runner runs the checks of one subject. Checks with the same environment share a
// service. The checks run in sequence, since a check may measure what its own requests add
// to the service's metrics.
type Runner struct {
	subject *probe.Declared
	starter service.Starter
	// addr is the address on which every service listens, and receiverAddr the address to
	// which it exports. If one of them is "", each service gets a free address in its place.
	addr         string
	receiverAddr string
	// instances are the running services, and startErrors the errors of services that could
	// not be started. A key is a result of keyOf, or the id of a check that needs a service
	// of its own.
	instances   map[string]*service.Instance
	startErrors map[string]error
	// startTried is set after the first attempt to start the service. firstStartError is the
	// error of that attempt, or nil. With an error, all later checks end at once, instead of
	// waiting until their time limit.
	startTried      bool
	firstStartError error
	// slowestStart is the longest time that a service has taken to start. For the first service,
	// it includes the first requests.
	slowestStart time.Duration
}

// New returns a Runner for services that starter starts. All of them listen on addr and
// export to receiverAddr. If one of these is "", each service gets a free address in its
// place.
func New(subject *probe.Declared, starter service.Starter, addr, receiverAddr string) *Runner {
	return &Runner{subject: subject, starter: starter, addr: addr, receiverAddr: receiverAddr, instances: make(map[string]*service.Instance)}
}

// Close stops all services.
func (r *Runner) Close() {
	for _, i := range r.instances {
		i.Kill()
	}
	clear(r.instances)
}

// Retire stops the services that no later check is known to need. It clears the
// receivers of the other services, which would grow with every export. The evidence of the
// previous check already has the telemetry of that check.
func (r *Runner) Retire(later []check.Check) {
	needed := make(map[string]bool)
	for _, env := range [][]string{nil, {contract.BareService}} {
		needed[keyOf(r.withExportInterval(&check.Check{}, env))] = true
	}
	for i := range later {
		needed[keyOf(r.withExportInterval(&later[i], later[i].Variables(r.subject)))] = true
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

const (
	// checkTimeout limits the time of one check, without the starts of slow services.
	checkTimeout = 3 * time.Minute
	// maxStarts is more than any check starts services: flush/two-servers starts the most.
	maxStarts = 12
	// tryTimeout limits the time for the start of the first service and the requests to it.
	tryTimeout = service.StartTime + 30*time.Second
)

// Run runs one check.
func (r *Runner) Run(ctx context.Context, c *check.Check) probe.Found {
	if missing := c.Missing(r.subject); len(missing) > 0 {
		return probe.Found{NotApplicable: fmt.Sprintf("the subject does not have: %v", missing)}
	}
	if reason := r.notApplicableReason(c); reason != "" {
		return probe.Found{NotApplicable: reason}
	}
	if err := r.tryService(ctx); err != nil {
		return probe.Found{Err: err}
	}
	limit := checkTimeout
	if !r.subject.Running { // the suite starts no services if one is already running
		limit += maxStarts * r.slowestStart
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return r.runWithService(ctx, c)
}

// notApplicableReason returns the reason why a check does not apply to a service that is
// already running, or "".
func (r *Runner) notApplicableReason(c *check.Check) string {
	switch env := c.Variables(r.subject); {
	case !r.subject.Running:
		return ""
	case len(env) > 0:
		return probe.NotStartedWith(env)
	case c.Own:
		return "the check needs a newly started service, but this service is already running"
	default:
		return ""
	}
}

// tryService starts a service without the settings of a check, and determines which part of
// the contract the service implements. It returns an error unless the service answers and
// exports. Later calls do not try again, but return the first error.
func (r *Runner) tryService(ctx context.Context) error {
	if r.firstStartError != nil {
		text, _, _ := strings.Cut(r.firstStartError.Error(), "\n")
		return errors.New("the service failed before the first check: " + text)
	}
	if r.startTried {
		return nil
	}
	r.startTried = true
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	first := &check.Check{Measures: true}
	began := time.Now()
	r.subject.Offer, r.firstStartError = probe.New(ctx, r.subject, r.services(ctx, first, "", nil)).Offer()
	// Some servers accept connections long before they answer.
	r.slowestStart = max(r.slowestStart, time.Since(began))
	return r.firstStartError
}

// runWithService runs the check with the service that the check needs.
func (r *Runner) runWithService(ctx context.Context, c *check.Check) probe.Found {
	env := r.withExportInterval(c, c.Variables(r.subject))
	key := keyOf(env)
	if c.Own {
		key = c.ID
	}
	found := probe.New(ctx, r.subject, r.services(ctx, c, key, env)).Judge(c.Run)
	if i := r.instances[key]; i != nil && (found.Ended || c.Own && found.Err == nil) {
		i.Kill()
		delete(r.instances, key)
	}
	return found
}

// services returns the services for a check. The check's own service has that key and is
// started with env.
func (r *Runner) services(ctx context.Context, c *check.Check, key string, env []string) probe.Services {
	return probe.Services{
		Own: func() (*service.Instance, error) { return r.instanceFor(ctx, key, env) },
		With: func(env ...string) (*service.Instance, error) {
			env = r.withExportInterval(c, env)
			return r.instanceFor(ctx, keyOf(env), env)
		},
		RareMetrics: r.exportsMetricsRarely(c),
	}
}

// exportsMetricsRarely reports whether the services of a check export their metrics rarely. If
// services run one after the other, all of them export often, so that more checks share
// a service.
func (r *Runner) exportsMetricsRarely(c *check.Check) bool {
	return !c.Measures && !c.Own && r.addr == ""
}

// withExportInterval returns env, with a long export interval for metrics if the check does
// not wait for metrics.
func (r *Runner) withExportInterval(c *check.Check, env []string) []string {
	if !r.exportsMetricsRarely(c) {
		return env
	}
	return append([]string{service.RareMetrics}, env...)
}

// keyOf returns the key of the service that is started with env.
func keyOf(env []string) string { return strings.Join(env, "\n") }

// instanceFor returns the service with the key, and starts it with env if it does not run
// yet. If the service cannot be started, later calls return the same error.
func (r *Runner) instanceFor(ctx context.Context, key string, env []string) (*service.Instance, error) {
	if err := r.startErrors[key]; err != nil {
		return nil, err
	}
	if i, ok := r.instances[key]; ok {
		select {
		case <-i.Service.Ended():
			return nil, errors.New("the service exited unexpectedly" + i.Details())
		default:
			return i, nil
		}
	}
	if r.addr != "" {
		r.Close()
	}
	began := time.Now()
	i, err := service.Start(ctx, r.starter, r.subject.Name, r.addr, r.receiverAddr, env)
	if err != nil {
		if r.startErrors == nil {
			r.startErrors = make(map[string]error)
		}
		r.startErrors[key] = err
		return nil, err
	}
	r.slowestStart = max(r.slowestStart, time.Since(began))
	r.instances[key] = i
	return i, nil
}
