package probe

import (
	"fmt"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// Offer is the part of the contract that a service implements. The suite determines it
// before the checks run.
type Offer struct {
	// missing has the routes that the service does not have. unexpected maps the routes
	// whose response violates the contract to a description of the response. The keys of
	// both are texts of [contract.Route.String].
	missing    map[string]bool
	unexpected map[string]string
	// isMetricMissing is set if contract.ProcessedMetric does not arrive.
	isMetricMissing bool
}

// Offer waits until the check's own service answers and exports, requests the routes of
// the contract, and waits for the contract's metric.
func (p *Probe) Offer() (*Offer, error) {
	offer := &Offer{missing: make(map[string]bool), unexpected: make(map[string]string)}
	err := p.Judge(func(*Probe) {
		if p.IsRunning() {
			p.awaitRunning()
		} else {
			p.Settle()
		}
		for _, route := range contract.Routes() {
			offer.tryRoute(p, &route)
		}
		offer.isMetricMissing = !p.Within(arrivalTimeout, func() bool {
			return len(CountsOfProcessed(p.instance.Collector.Snapshot())) > 0
		})
		p.instance.Collector.Reset()
	}).Err
	return offer, err
}

// tryRoute sends the example request of a route. It adds the route to missing or unexpected
// if the response does not have the status that the contract says.
func (o *Offer) tryRoute(p *Probe, route *contract.Route) {
	header, _, _ := Traceparent("01")
	request := wire.Request{Method: route.Method, Target: route.Target, Body: route.Body, Header: []string{header}}
	response, err := wire.Send(p.ctx, p.instance.Addr, request)
	switch {
	case err != nil:
		o.unexpected[route.String()] = err.Error()
	case response.Status == route.Status:
	case contract.IsMissing(response.Status):
		o.missing[route.String()] = true
	case route.Status != 0:
		o.unexpected[route.String()] = fmt.Sprintf("got %s, want %d", response, route.Status)
	}
}

// Serves reports whether the service has the route of a request. It returns true if that
// is not known.
func (p *Probe) Serves(r wire.Request) bool {
	route, ok := contract.RouteOf(r.Method, r.Path())
	return !ok || p.Subject.Offer == nil || !p.Subject.Offer.missing[route.String()]
}

// requireRoute ends the check unless the service has the route of a request and
// answers it according to the contract.
func (p *Probe) requireRoute(r wire.Request) {
	route, ok := contract.RouteOf(r.Method, r.Path())
	if !ok || p.Subject.Offer == nil {
		return
	}
	what := route.String()
	switch offer := p.Subject.Offer; {
	case offer.unexpected[what] != "":
		p.Cannot("the response to %s violates CONTRACT.md: %s %s: %s", what, route.Method, route.Target, offer.unexpected[what])
	case !offer.missing[what]:
	case route.Capability != "" && p.Has(route.Capability):
		p.Cannot("the service does not have %s, although the subject declares the capability %q", what, route.Capability)
	default:
		p.NotApplicable("the service does not have " + what)
	}
}

// NeedsMetrics ends the check unless the service exports metrics.
func (p *Probe) NeedsMetrics() {
	if !p.Measures() {
		p.NotApplicable("the service exports no metrics: " + contract.ProcessedMetric + " was not received")
	}
}

// Measures reports whether the service exports metrics. It returns true if that is not
// known.
func (p *Probe) Measures() bool { return p.Subject.Offer == nil || !p.Subject.Offer.isMetricMissing }
