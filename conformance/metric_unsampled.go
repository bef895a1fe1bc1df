package conformance

import "net/http"

// metricUnsampled runs on a service whose sampler keeps what a sampled caller
// has, and nothing else.
func metricUnsampled(p *Probe) {
	p.measuredUnsampled("")
	if !p.subject.Capabilities[Outside] || p.subject.isRunning() {
		return
	}
	for _, kind := range []string{"internal", "server"} {
		p.with([]string{
			"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0", outsideVariable + "=" + kind,
		}, func() {
			p.measuredUnsampled(", under a span of kind " + kind + " that a middleware outside has started")
		})
	}
}

// outsideVariable starts the service with a middleware outside the
// instrumentation that starts a span.
const outsideVariable = "SAMESPAN_OUTSIDE"

// measuredUnsampled sends requests of three kinds of callers and records a
// problem unless each one is measured.
func (p *Probe) measuredUnsampled(where string) {
	const each = 20
	callers := []struct {
		what, target string
		code         int64
		send         func(Request)
	}{
		{"without a caller", "/status/207", http.StatusMultiStatus, func(r Request) { p.SendAs(r) }},
		{"of a caller that is not sampled", "/status/208", http.StatusAlreadyReported, func(r Request) { p.sendWith(r, "00") }},
		{"of a sampled caller", "/status/226", http.StatusIMUsed, func(r Request) { p.Send(r) }},
	}
	grown := p.measureAfter(p.countedAlone, func() {
		for _, caller := range callers {
			for range each {
				caller.send(Get(caller.target))
			}
		}
	})
	for _, caller := range callers {
		count := 0
		for _, point := range grown.of(durationMetric) {
			if point.Attributes["http.response.status_code"] == caller.code {
				count += int(point.Count)
			}
		}
		p.Equal("measurements of "+durationMetric+" of requests "+caller.what+where, count, each)
	}
}

// countedAlone is collected without a span to settle by.
func (p *Probe) countedAlone() {
	for range fences {
		header, _, _ := traceparent("01")
		p.SendAs(Get("/process/"+p.unique(), header))
	}
	p.counted()
}
