package metric

import (
	"net/http"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// checkUnsampledRequests checks that unsampled requests are measured. The service's sampler
// follows the caller's decision and drops root spans.
func checkUnsampledRequests(p *probe.Probe) {
	checkMeasuredUnsampled(p, "")
	if !p.Has(contract.Outside) || p.IsRunning() {
		return
	}
	for _, kind := range []string{"internal", "server"} {
		p.With([]string{
			"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0", contract.OutsideVariable + "=" + kind,
		}, func() {
			checkMeasuredUnsampled(p, ", in the "+kind+" span of an outer middleware")
		})
	}
}

// checkMeasuredUnsampled sends requests from three kinds of callers and records a problem
// unless each request is measured. where is a suffix for the descriptions in problems.
func checkMeasuredUnsampled(p *probe.Probe, where string) {
	const each = 20
	callers := []struct {
		what, target string
		code         int64
		send         func(wire.Request)
	}{
		{"without a traceparent", "/status/207", http.StatusMultiStatus, func(r wire.Request) { p.SendAs(r) }},
		{"with an unsampled traceparent", "/status/208", http.StatusAlreadyReported, func(r wire.Request) { p.SendWith(r, "00") }},
		{"with a sampled traceparent", "/status/226", http.StatusIMUsed, func(r wire.Request) { p.Send(r) }},
	}
	added := p.MeasureAfter(func() { waitForMetrics(p) }, func() {
		for _, caller := range callers {
			for range each {
				caller.send(wire.Get(caller.target))
			}
		}
	})
	for _, caller := range callers {
		count := 0
		for _, point := range added.Of(probe.DurationMetric) {
			if point.Attributes["http.response.status_code"] == caller.code {
				count += int(point.Count)
			}
		}
		p.Equal("measurements of "+probe.DurationMetric+" for requests "+caller.what+where, count, each)
	}
}

// waitForMetrics waits for a collection of metrics. It does not wait for spans, since the
// service may export none.
func waitForMetrics(p *probe.Probe) {
	for range probe.Markers {
		header, _, _ := probe.Traceparent("01")
		p.SendAs(wire.Get("/process/"+p.Unique(), header))
	}
	p.Counted()
}
