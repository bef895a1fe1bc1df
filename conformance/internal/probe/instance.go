package probe

import (
	"errors"
	"slices"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Receiver returns the server that the service exports to.
func (p *Probe) Receiver() *otlptest.Server { return p.instance.Collector }

// CloseReceiver closes the service's receiver and returns its address.
func (p *Probe) CloseReceiver() (addr string) {
	addr = p.instance.Collector.Addr()
	if err := p.instance.Collector.Close(); err != nil {
		p.Cannot("%w", err)
	}
	return addr
}

// ReopenReceiver starts a new receiver at the address of a closed one.
func (p *Probe) ReopenReceiver(addr string) (err error) {
	p.instance.Collector, err = otlptest.NewServer(otlptest.WithAddr(addr))
	return err
}

// Address returns the address that the service listens on.
func (p *Probe) Address() string { return p.instance.Addr }

// At calls f. The requests that f sends go to addr, another address of the service.
func (p *Probe) At(addr string, f func()) {
	before := p.instance.Addr
	p.instance.Addr = addr
	defer func() { p.instance.Addr = before }()
	f()
}

// Accepts waits until the service also accepts connections at addr.
func (p *Probe) Accepts(addr string) error {
	return (&service.Instance{Addr: addr, Service: p.instance.Service}).Accepts(p.ctx)
}

// Stop stops the service with SIGTERM.
func (p *Probe) Stop() error { return p.instance.Stop(p.ctx) }

// NeedsSignals ends the check, since it does not apply, if err, the error of Stop, says that the
// suite cannot send SIGTERM on this system. The service has then flushed nothing.
func (p *Probe) NeedsSignals(err error) {
	if errors.Is(err, errors.ErrUnsupported) {
		p.NotApplicable("the suite cannot send SIGTERM on this system")
	}
}

// Ended is closed once the service has ended.
func (p *Probe) Ended() <-chan struct{} { return p.instance.Service.Ended() }

// PrintTime limits how long the output of a service may take to become visible.
const PrintTime = service.StopTime

// Output returns what the service has printed.
func (p *Probe) Output() string { return p.instance.Service.Output() }

// Details returns what the suite knows about the service, for the end of an error's text:
// how the service ended, if it has, and the end of what it printed.
func (p *Probe) Details() string { return p.instance.Details() }

// Lines returns a function that counts the log entries that the current service prints
// from now on. A continuation line is not counted, since it belongs to an entry.
func (p *Probe) Lines() (printed func() int) {
	running := p.instance.Service
	_, before := service.OutputSince(running, 0)
	return func() int {
		output, _ := service.OutputSince(running, before)
		return len(logEntries(output))
	}
}

// Entries returns the log entries that the service has printed, each without its
// continuation lines.
func (p *Probe) Entries() []string { return logEntries(p.Output()) }

// Prints reports whether the suite sees the output of the service.
func (p *Probe) Prints() bool {
	if prints, known := service.Prints(p.instance.Service); known {
		return prints
	}
	return p.Has(contract.Process)
}

// StartInPlace stops the check's service and starts one with env in its place. If the new
// service accepts connections, it is stopped again.
func (p *Probe) StartInPlace(env ...string) error {
	p.instance.Kill()
	replacement, err := service.Start(p.ctx, p.instance.Starter, p.Subject.Name, p.instance.Addr, "", env)
	if err == nil {
		replacement.Kill()
	}
	return err
}

// With calls f while the probe uses another service. That service was started with env and
// the variables that are always set, without the variables of the check. After f, the probe
// uses the check's own service again.
func (p *Probe) With(env []string, f func()) {
	if p.IsRunning() {
		p.NotApplicable(NotStartedWith(env))
	}
	before, traces := p.instance, p.evidenceTraceIDs
	p.evidenceTraceIDs = nil
	p.instance = p.mustStart(p.services.With(env...))
	if slices.Contains(env, contract.BareService) {
		p.requireNoInstrumentation()
	}
	f()
	p.addSpansToEvidence()
	ownInstance := before
	if !before.Stopped {
		ownInstance = p.mustStart(p.services.Own())
	}
	if ownInstance != before {
		p.instance, p.evidenceTraceIDs = before, traces
		p.addSpansToEvidence()
		traces = nil
	}
	p.instance, p.evidenceTraceIDs = ownInstance, traces
}

// requireNoInstrumentation ends the check with the outcome "error" if the current service,
// which was started without its instrumentation, exports server spans. It then still has an
// instrumentation.
func (p *Probe) requireNoInstrumentation() {
	if p.instance.Bare {
		return
	}
	header, traceID, _ := Traceparent("01")
	request := wire.Get("/process/"+p.Unique(), header)
	response, err := wire.SendToEnd(p.ctx, p.instance.Addr, request)
	if err != nil {
		p.Cannot("%s %s: %w%s", request.Method, request.Target, err, p.Details())
	}
	if isProcessed(request, response) {
		p.instance.Processed++
	}
	p.Settle()
	if servers := OfKind(p.Trace(traceID), otlptest.KindServer); len(servers) > 0 {
		p.Cannot("the service violates CONTRACT.md: with %s, it must run without its instrumentation, but a request has the server span %s", contract.BareService, Describe(servers[0]))
	}
	p.instance.Bare = true
}

// mustStart returns the service i, which another function has started. If that function's
// error, err, is not nil, the check ends with the outcome "error".
func (p *Probe) mustStart(i *service.Instance, err error) *service.Instance {
	if err != nil {
		p.Cannot("%w", err)
	}
	return i
}
