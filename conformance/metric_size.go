package conformance

import "net/http"

// metricBodySize compares what is measured with what was sent. A body whose
// length is not declared may be of a size that the instrumentation does not know.
func metricBodySize(p *Probe) {
	chunked := Post("/echo", "chunked")
	chunked.Chunked = true
	for _, r := range []Request{
		Get("/file"), {Method: http.MethodHead, Target: "/file"}, Get("/status/204"), Get("/status/404"), Post("/echo", `{"five":5}`), chunked,
	} {
		var x Exchange
		a := p.measure(func() { x = p.Send(r) })
		hasLength := r.Body != "" && !r.Chunked
		p.measuredSize(a, requestSizeMetric, x, len(r.Body), hasLength)
		p.measuredSize(a, responseSizeMetric, x, len(x.Response.Body), x.Response.Body != "" && x.Response.Header.Get("Content-Length") != "")
	}
	for _, metric := range []string{requestSizeMetric, responseSizeMetric} {
		p.Equal("unit of "+metric, p.unit(metric), "By")
	}
}

// measuredSize records a problem unless the exchange has added its size to the
// metric, or nothing where the size may be unknown.
func (p *Probe) measuredSize(a added, metric string, x Exchange, size int, known bool) {
	if !known && len(a.of(metric)) == 0 {
		return
	}
	if point, ok := p.only(a, metric, x.label()); ok {
		p.Equal(metric+" of "+x.label(), point.Sum, float64(size))
	}
}
