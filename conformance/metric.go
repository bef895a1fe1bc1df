package conformance

import (
	"encoding/hex"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// metricChecks are about the same series.
func metricChecks() []Check {
	return []Check{
		{
			ID:    "metric/duration",
			Level: Requirement,
			Rule: "http.server.request.duration is in seconds, with the conventions' boundaries and the attributes that they require, " +
				"none that they call Opt-In, and equals the span's duration; network.protocol.version, which they recommend, is right where it is there.",
			Source: "HTTP semantic conventions v1.43, metric http.server.request.duration",
			run:    metricDuration,
		},
		{
			ID:     "metric/active",
			Level:  Requirement,
			Rule:   "http.server.active_requests is 1 while a request is in progress, and 0 after it and after a panic.",
			Source: "HTTP semantic conventions v1.43, metric http.server.active_requests; users of today's packages",
			Needs:  []Capability{ActiveRequests},
			EnvFor: optIn(ActiveRequests),
			run:    metricActive,
		},
		{
			ID:    "metric/unsampled",
			Level: Requirement,
			Rule: "Every request is measured, whatever is sampled: with a caller that is not, with a sampler that drops everything, " +
				"and under a span that a middleware further out has started.",
			Source: `HTTP semantic conventions v1.43, metric http.server.request.duration, "This metric is required"`,
			Env:    []string{"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0"},
			run:    metricUnsampled,
		},
		{
			ID:     "metric/body-size",
			Level:  Requirement,
			Rule:   "The sizes of requests and responses are the bytes of their bodies; of bodies with a length both are measured.",
			Source: "HTTP semantic conventions v1.43, metrics http.server.request.body.size and http.server.response.body.size",
			Needs:  []Capability{BodySizes},
			EnvFor: optIn(BodySizes),
			run:    metricBodySize,
		},
		{
			ID:     "metric/cardinality",
			Level:  Requirement,
			Rule:   "1,000 Hosts, 1,000 unknown methods, 1,000 unmatched paths and 1,000 user agents make one series each.",
			Source: "HTTP semantic conventions v1.43, metric http.server.request.duration, warning of server.address; users of today's packages",
			// Thousands of series, if there are, are not to be sent too often.
			Env:    []string{"OTEL_METRIC_EXPORT_INTERVAL=200"},
			EnvFor: optIn(ActiveRequests, BodySizes),
			Own:    true,
			run:    metricCardinality,
		},
		{
			ID:     "metric/error",
			Level:  Requirement,
			Rule:   "Measurements of answers from 500 on and of panics have the span's error.type, others have none.",
			Source: "HTTP semantic conventions v1.43, attribute error.type",
			run:    metricError,
		},
		{
			ID:     "metric/exemplar",
			Level:  Requirement,
			Rule:   "The measurement of a sampled request has its trace as exemplar.",
			Source: `OpenTelemetry specification, "Metrics SDK", section "Exemplar"`,
			run:    metricExemplar,
		},
		{
			ID:     "metric/off",
			Level:  Requirement,
			Rule:   "With OTEL_METRICS_EXPORTER=none no metric is exported, and spans and context are as always.",
			Source: `OpenTelemetry specification, "Environment Variable Specification"`,
			Env:    []string{"OTEL_METRICS_EXPORTER=none"},
			Own:    true,
			run:    metricOff,
		},
	}
}

// durationBounds are the boundaries that the conventions advise.
var durationBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// only returns the one series of a metric that has grown, by one measurement.
func (p *Probe) only(a added, metric, of string) (otlptest.Point, bool) {
	points := a.of(metric)
	if !p.Equal("series of "+metric+" that "+of+" added to", len(points), 1) {
		return otlptest.Point{}, false
	}
	return points[0], p.Equal("measurements of "+metric+" of "+of, int(points[0].Count), 1)
}

// unit returns the unit of a metric.
func (p *Probe) unit(name string) string {
	for _, metric := range slices.Backward(p.instance.collector.Metrics()) {
		if metric.Name() == name {
			return metric.Unit()
		}
	}
	return ""
}

func metricDuration(p *Probe) {
	var x Exchange
	a := p.measure(func() { x = p.Send(Get("/status/404")) })
	point, ok := p.only(a, durationMetric, x.label())
	if !ok {
		return
	}
	p.Equal("unit of "+durationMetric, p.unit(durationMetric), "s")
	p.Equal("boundaries of "+durationMetric, point.Bounds, durationBounds)
	attributes := maps.Clone(point.Attributes)
	if version, ok := attributes["network.protocol.version"]; ok {
		p.Equal("network.protocol.version of "+durationMetric, version, any("1.1"))
		delete(attributes, "network.protocol.version")
	}
	p.Equal("attributes of "+durationMetric+", besides network.protocol.version", attributes.String(), otlptest.Attributes{
		"http.request.method": "GET", "url.scheme": "http", "http.response.status_code": int64(404),
		"http.route": p.subject.template("/status/{code}"),
	}.String())
	if server, ok := p.settledServer(x); ok {
		// A sum of floating-point numbers is not exact.
		p.True(math.Abs(point.Sum-server.Duration().Seconds()) < float64(time.Microsecond)/float64(time.Second),
			"duration that was measured", show(time.Duration(point.Sum*float64(time.Second))), "the span's, "+show(server.Duration()))
	}
}

func metricActive(p *Probe) {
	is := func(want float64) func(otlptest.Snapshot) bool {
		return func(s otlptest.Snapshot) bool {
			return slices.ContainsFunc(p.latest(s), isActive) && p.active(s) == want
		}
	}
	p.during(func() {
		p.arrives(activeMetric+" of 1 while a request is in progress", is(1))
	})
	p.arrives(activeMetric+" of 0 after it", is(0))
	panicked := p.Send(Get("/panic"))
	p.Equal("status of GET /panic", panicked.Response.Status, http.StatusInternalServerError)
	if p.subject.Capabilities[Disconnect] {
		p.leave(Get("/endless"))
	}
	// A collection that began after the panic.
	p.collected()
	p.arrives(activeMetric+" of 0 after a panic and a client that left", is(0))
}

func isActive(m otlptest.Metric) bool { return m.Name() == activeMetric }

// metricCardinality sends the requests of each kind to where they get an answer
// with a status of its own, and so belong to one series.
func metricCardinality(p *Probe) {
	const many = 1000
	kinds := []struct {
		what    string
		request func(i int) Request
	}{
		{"Hosts", func(int) Request {
			r := Get("/status/201")
			r.Host = p.unique() + ".example.com"
			return r
		}},
		{"user agents", func(int) Request { return Get("/status/202", "User-Agent: "+p.unique()) }},
		{"unmatched paths", func(int) Request { return Get("/" + p.unique()) }},
		{"unknown methods", func(int) Request {
			r := Get("/status/200")
			r.Method = "M" + p.unique()
			return r
		}},
	}
	if !p.subject.Capabilities[UnknownMethods] {
		kinds = kinds[:3]
	}
	status := make(map[int64]string)
	a := p.measure(func() {
		for _, kind := range kinds {
			responses := p.burst(many, kind.request)
			status[int64(responses[0].Status)] = kind.what
		}
	})
	for code, what := range sorted(status) {
		for _, metric := range []string{durationMetric, requestSizeMetric, responseSizeMetric} {
			series, count := 0, 0
			for _, point := range a.of(metric) {
				if point.Attributes["http.response.status_code"] == code {
					series++
					count += int(point.Count)
				}
			}
			if metric == durationMetric || count > 0 {
				p.Equal("series of "+metric+" for 1,000 "+what, series, 1)
				p.Equal("measurements of "+metric+" for 1,000 "+what, count, many)
			}
		}
	}
	active := 0
	for _, point := range p.points() {
		if point.Metric == activeMetric {
			active++
		}
	}
	p.True(active <= 2, "series of "+activeMetric, show(active), "at most 2, of GET and of any other method")
}

func metricError(p *Probe) {
	for _, target := range []string{"/status/503", "/fail/500", "/panic", "/status/404", "/fail/400"} {
		var x Exchange
		a := p.measure(func() { x = p.Send(Get(target)) })
		point, ok := p.only(a, durationMetric, x.label())
		if !ok {
			continue
		}
		server, ok := p.settledServer(x)
		if !ok {
			continue
		}
		got := point.Attributes["error.type"]
		p.Equal("error.type of "+durationMetric+" of "+x.label(), got, server.Attr("error.type"))
		if x.Response.Status < http.StatusInternalServerError {
			p.Equal("error.type of "+durationMetric+" of "+x.label(), got, nil)
			continue
		}
		p.True(got != nil, "error.type of "+durationMetric+" of "+x.label(), "none", "one")
		if status := point.Attributes["http.response.status_code"]; status != nil || x.Request.Target != "/panic" {
			// What a recovery further out answers, an instrumentation may not see.
			p.Equal("http.response.status_code of "+durationMetric+" of "+x.label(), status, any(int64(x.Response.Status)))
		}
	}
}

func metricExemplar(p *Probe) {
	x := p.Send(Get("/status/418"))
	p.arrives("a point of "+durationMetric+" with the exemplar of trace "+x.TraceID, func(s otlptest.Snapshot) bool {
		for _, metric := range slices.Backward(s.Metrics()) {
			if metric.Name() != durationMetric {
				continue
			}
			for _, point := range metric.Points() {
				for _, exemplar := range point.Exemplars {
					if hex.EncodeToString(exemplar.GetTraceId()) == x.TraceID {
						return true
					}
				}
			}
		}
		return false
	})
}

func metricOff(p *Probe) {
	peer := p.peer()
	x := p.Send(Post("/relay", peer.relay("/echo")))
	call, ok := peer.only(p)
	p.Settle()
	if _, found := p.settledServer(x); found && ok {
		p.True(len(call.Get("Traceparent")) == 55 && call.Get("Traceparent")[3:35] == x.TraceID,
			"traceparent of a call", show(call.Get("Traceparent")), "one of the caller's trace "+x.TraceID)
	}
	// Whatever there is to export is exported at the end.
	_ = p.instance.stop(p.ctx)
	for _, metric := range p.instance.collector.Metrics() {
		p.Problem("metrics", metric.Name(), "none")
		return
	}
}
