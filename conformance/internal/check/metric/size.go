package metric

import (
	"net/http"
	"slices"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
)

// checkBodySizes compares the recorded body sizes with the sizes that were sent. The
// instrumentation may not know the size of a body without a Content-Length.
func checkBodySizes(p *probe.Probe) {
	chunked := wire.Post("/echo", "chunked")
	chunked.Chunked = true
	meter := p.Meter()
	type measured struct {
		probe.Exchange
		added probe.Added
	}
	var all []measured
	for _, r := range []wire.Request{
		wire.Get("/file"), {Method: http.MethodHead, Target: "/file"}, wire.Get("/status/204"), wire.Get("/status/404"), wire.Post("/echo", `{"five":5}`), chunked,
	} {
		var x probe.Exchange
		added := meter.Measure(func() { x = p.Send(r) })
		all = append(all, measured{x, added})
	}
	judged := false
	for _, metric := range []string{probe.RequestSizeMetric, probe.ResponseSizeMetric} {
		if !slices.ContainsFunc(all, func(m measured) bool { return len(m.added.Of(metric)) > 0 }) {
			continue
		}
		judged = true
		p.Equal("unit of "+metric, latestMetric(p, metric).Unit(), "By")
		for _, m := range all {
			size, known := len(m.Request.Body), m.Request.Body != "" && !m.Request.Chunked
			if metric == probe.ResponseSizeMetric {
				size, known = len(m.Response.Body), m.Response.Body != "" && m.Response.Header.Get("Content-Length") != ""
			}
			checkMeasuredSize(p, m.added, metric, m.Exchange, size, known)
		}
	}
	if !judged {
		p.NotApplicable("the service exports neither " + probe.RequestSizeMetric + " nor " + probe.ResponseSizeMetric + ", which are Opt-In")
	}
}

// checkMeasuredSize records a problem unless the exchange has added size to the metric. If
// mustMeasure is false, the exchange may also have added nothing.
func checkMeasuredSize(p *probe.Probe, a probe.Added, metric string, x probe.Exchange, size int, mustMeasure bool) {
	if x.Request.Method == http.MethodGet && x.Response.Status == http.StatusOK && a.MarkersShareSeries(metric) {
		return // the series has the bodies of the marker requests too
	}
	if !mustMeasure && len(a.Of(metric)) == 0 {
		return
	}
	if point, ok := onlyPoint(p, a, metric, x.Label()); ok {
		p.Equal(metric+" for "+x.Label(), point.Sum, float64(size))
	}
}
