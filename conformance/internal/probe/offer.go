package probe

import (
	"fmt"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Offer is the part of the contract that a service implements. The suite determines it
// before the checks run.
type Offer struct {
	// missing has the routes that the service does not have. unexpected maps the routes
	// whose response violates the contract to a description of the response. The keys of
	// both are texts of [contract.Route.String].
	missing    map[string]bool
	unexpected map[string]string
	// noMetrics is the reason why the suite cannot use the metrics of the service, or "".
	noMetrics string
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
		offer.noMetrics = p.reasonForNoMetrics()
		p.instance.Collector.Reset()
	}).Err
	return offer, err
}

// reasonForNoMetrics waits for the contract's metric. It returns the reason why the suite cannot
// use the metrics of the service, or "".
func (p *Probe) reasonForNoMetrics() string {
	var points []otlptest.Point
	p.Within(arrivalTimeout, func() bool {
		points = p.instance.Collector.Points(contract.ProcessedMetric)
		return len(points) > 0
	})
	switch {
	case len(points) == 0:
		return "the service exports no metrics: " + contract.ProcessedMetric + " was not received"
	case points[0].Delta:
		return "the service exports metrics with the temporality delta, and the suite needs cumulative metrics"
	default:
		return ""
	}
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

// NeedsMetrics ends the check unless the service exports cumulative metrics.
func (p *Probe) NeedsMetrics() {
	if !p.Measures() {
		p.NotApplicable(p.Subject.Offer.noMetrics)
	}
}

// Measures reports whether the service exports cumulative metrics. It returns true if that is
// not known.
func (p *Probe) Measures() bool { return p.Subject.Offer == nil || p.Subject.Offer.noMetrics == "" }
