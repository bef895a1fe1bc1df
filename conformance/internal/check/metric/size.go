package metric

import (
	"net/http"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// metricBodySize compares the recorded sizes with those sent. The
// instrumentation may not know the size of a body of undeclared length.
func metricBodySize(p *probe.Probe) {
	chunked := wire.Post("/echo", "chunked")
	chunked.Chunked = true
	meter := p.Meter()
	for _, r := range []wire.Request{
		wire.Get("/file"), {Method: http.MethodHead, Target: "/file"}, wire.Get("/status/204"), wire.Get("/status/404"), wire.Post("/echo", `{"five":5}`), chunked,
	} {
		var x probe.Exchange
		a := meter.Measure(func() { x = p.Send(r) })
		hasLength := r.Body != "" && !r.Chunked
		measuredSize(p, a, probe.RequestSizeMetric, x, len(r.Body), hasLength)
		measuredSize(p, a, probe.ResponseSizeMetric, x, len(x.Response.Body), x.Response.Body != "" && x.Response.Header.Get("Content-Length") != "")
	}
	for _, metric := range []string{probe.RequestSizeMetric, probe.ResponseSizeMetric} {
		p.Equal("unit of "+metric, unit(p, metric), "By")
	}
}

// measuredSize records a problem unless the exchange has added its size to the
// metric, or nothing if the size may be unknown.
func measuredSize(p *probe.Probe, a probe.Added, metric string, x probe.Exchange, size int, known bool) {
	if !known && len(a.Of(metric)) == 0 {
		return
	}
	if point, ok := onlyPoint(p, a, metric, x.Label()); ok {
		p.Equal(metric+" of "+x.Label(), point.Sum, float64(size))
	}
}
