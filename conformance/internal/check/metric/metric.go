package metric

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Checks returns the checks of metrics: every service records the same series.
func Checks() []check.Check {
	return []check.Check{
		{
			ID:    "metric/duration",
			Level: check.Requirement,
			Rule: "http.server.request.duration is in seconds and about as long as the span. It has the required attributes of the conventions and no Opt-In attributes. " +
				"Unless it is an exponential histogram, it has the bucket boundaries of the conventions. network.protocol.version, which is recommended, is correct if " +
				"it is present.",
			Source:   "HTTP semantic conventions v1.43, metric http.server.request.duration",
			Needs:    []contract.Capability{contract.Metrics},
			Measures: true,
			Run:      checkDuration,
		},
		{
			ID:    "metric/active",
			Level: check.Requirement,
			Rule: "http.server.active_requests is an up-down counter with the unit {request} and the required attributes of the conventions. It is 1 while a request is " +
				"in progress. Afterwards each of its series is 0, also after a panic.",
			Source:   "HTTP semantic conventions v1.43, metric http.server.active_requests; bug reports of other instrumentations",
			Needs:    []contract.Capability{contract.ActiveRequests},
			EnvFor:   check.OptIn(contract.ActiveRequests),
			Measures: true,
			Run:      checkActiveRequests,
		},
		{
			ID:       "metric/unsampled",
			Level:    check.Requirement,
			Rule:     "Every request is measured, even if the caller does not sample, if the sampler drops the span, or if an outer middleware has started a span.",
			Source:   `HTTP semantic conventions v1.43, metric http.server.request.duration, "Duration of HTTP server requests"`,
			Needs:    []contract.Capability{contract.Metrics},
			Env:      []string{"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0"},
			Measures: true,
			Run:      checkUnsampledRequests,
		},
		{
			ID:    "metric/body-size",
			Level: check.Requirement,
			Rule: "The measured sizes are the numbers of bytes in the bodies of request and response. A body with a declared length is always measured, unless it is " +
				"empty: an empty body, such as that of a response to HEAD, may be measured as 0 or not at all.",
			Source:   "HTTP semantic conventions v1.43, metrics http.server.request.body.size and http.server.response.body.size",
			Needs:    []contract.Capability{contract.BodySizes},
			EnvFor:   check.OptIn(contract.BodySizes),
			Measures: true,
			Run:      checkBodySizes,
		},
		{
			ID:     "metric/cardinality",
			Level:  check.Requirement,
			Rule:   "Requests with 1,000 different Hosts create only one series. The same applies to 1,000 unknown methods, 1,000 unmatched paths and 1,000 user agents. No series has the address of a client.",
			Source: "HTTP semantic conventions v1.43, metric http.server.request.duration, warning of server.address; \"Attribute Requirement Levels\"; bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Metrics},
			// Metrics are exported less often than in other checks, since there may be
			// thousands of series.
			Env:    []string{"OTEL_METRIC_EXPORT_INTERVAL=200"},
			EnvFor: check.OptIn(contract.ActiveRequests, contract.BodySizes),
			Own:    true,
			Run:    checkCardinality,
		},
		{
			ID:    "metric/error",
			Level: check.Requirement,
			Rule: "Measurements of panics and of responses with 500 and above have an error.type, which is not the message of the panic. Measurements of other responses have " +
				"none, unless the handler failed with an error.",
			Source:   "HTTP semantic conventions v1.43, attribute error.type",
			Needs:    []contract.Capability{contract.Metrics},
			Measures: true,
			Run:      checkErrorType,
		},
		{
			ID:       "metric/exemplar",
			Level:    check.Requirement,
			Rule:     "The measurements of the duration have exemplars with the traces of sampled requests. Not every request needs an exemplar.",
			Source:   `OpenTelemetry specification, "Metrics SDK", section "Exemplar"`,
			Needs:    []contract.Capability{contract.Metrics},
			Measures: true,
			Run:      checkExemplars,
		},
		{
			ID:     "metric/off",
			Level:  check.Choice,
			Rule:   "With OTEL_METRICS_EXPORTER=none no metrics are exported, and spans and propagation are unchanged.",
			Source: `bug reports of other instrumentations; OpenTelemetry specification, "Environment Variable Specification", which allows implementations to read no variables`,
			Env:    []string{"OTEL_METRICS_EXPORTER=none"},
			Own:    true,
			Run:    checkMetricsOff,
		},
	}
}

// durationBucketBounds are the bucket boundaries that the conventions recommend for
// probe.DurationMetric.
var durationBucketBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// onlyPoint returns the latest point of the one series to which the request has added. It
// records a problem unless there is exactly one such series of the metric, with one new
// measurement. request describes the request in problems.
func onlyPoint(p *probe.Probe, a probe.Added, metric, request string) (otlptest.Point, bool) {
	points := a.Of(metric)
	if !p.Equal("series of "+metric+" with a measurement of "+request, len(points), 1) {
		return otlptest.Point{}, false
	}
	return points[0], p.Equal("measurements of "+metric+" for "+request, int(points[0].Count), 1)
}

// latestMetric returns the last received metric with the given name, or the zero Metric if
// no such metric has arrived.
func latestMetric(p *probe.Probe, name string) otlptest.Metric {
	for _, metric := range slices.Backward(p.Receiver().Metrics()) {
		if metric.Name() == name {
			return metric
		}
	}
	return otlptest.Metric{}
}

func checkDuration(p *probe.Probe) {
	var x probe.Exchange
	a := p.Measure(func() { x = p.Send(wire.Get("/status/404")) })
	point, ok := onlyPoint(p, a, probe.DurationMetric, x.Label())
	if !ok {
		return
	}
	metric := latestMetric(p, probe.DurationMetric)
	p.Equal("unit of "+probe.DurationMetric, metric.Unit(), "s")
	// The boundaries are a recommendation: a service may use exponential histograms.
	if metric.Proto.GetExponentialHistogram() == nil {
		p.Equal("bucket boundaries of "+probe.DurationMetric, point.Bounds, durationBucketBounds)
	}
	for key, value := range probe.Sorted(otlptest.Attributes{
		"http.request.method": "GET", "url.scheme": "http", "http.response.status_code": int64(404),
		"error.type": nil,
		// These Opt-In attributes must be absent by default.
		"server.address": nil, "server.port": nil, "user_agent.synthetic.type": nil,
	}) {
		p.Equal(key+" of "+probe.DurationMetric, point.Attributes[key], value)
	}
	p.SameRoute("http.route of "+probe.DurationMetric, point.Attributes["http.route"], p.Route("/status/{code}"))
	if version, ok := point.Attributes["network.protocol.version"]; ok {
		p.Equal("network.protocol.version of "+probe.DurationMetric, version, any("1.1"))
	}
	checkStreamDuration(p)
}

// checkStreamDuration compares the duration metric with the span's duration for a
// streamed response. A measurement that ends with the response header would be much
// shorter. A small difference is allowed, since an instrumentation may read the clock
// once for the span and once for the metric. A busy machine may stop the service between
// the two, so a few more requests are sent if the difference is large.
func checkStreamDuration(p *probe.Probe) {
	if !p.Serves(wire.Get("/stream")) {
		return
	}
	const tolerance = 20 * time.Millisecond // far less than a streamed response takes, which is over 40 ms
	const attempts = 5
	meter := p.Meter()
	for attempt := 1; ; attempt++ {
		var x probe.Exchange
		a := meter.Measure(func() { x = p.Send(wire.Get("/stream")) })
		point, ok := onlyPoint(p, a, probe.DurationMetric, x.Label())
		if !ok {
			return
		}
		server, ok := p.SettledServer(x)
		if !ok {
			return
		}
		measured := time.Duration(point.Sum * float64(time.Second))
		isNear := (measured - server.Duration()).Abs() < tolerance
		if isNear || attempt == attempts {
			p.True(isNear, "measured duration of "+x.Label(), probe.Show(measured),
				"about "+probe.Show(server.Duration())+", the duration of the span "+probe.Describe(server))
			return
		}
	}
}

func checkActiveRequests(p *probe.Probe) {
	p.NeedsMetrics()
	hasValue := func(want float64) func(otlptest.Snapshot) bool {
		return func(s otlptest.Snapshot) bool {
			return slices.ContainsFunc(p.Latest(s), isActiveRequestsMetric) && p.Active(s) == want
		}
	}
	measured := false
	p.During(func() {
		p.Collected()
		if measured = slices.ContainsFunc(p.Latest(p.Receiver().Snapshot()), isActiveRequestsMetric); measured {
			p.Arrives(probe.ActiveMetric+" of 1 while a request is in progress", hasValue(1))
			checkActiveInstrument(p)
		}
	})
	if !measured {
		p.NotApplicable("the service does not export " + probe.ActiveMetric + ", which is Opt-In")
	}
	p.Arrives(probe.ActiveMetric+" of 0 after the request", hasValue(0))
	checkNoActiveSeries(p, "the request")
	p.Send(wire.Get("/panic"))
	if p.Has(contract.Disconnect) {
		p.Leave(wire.Get("/endless"))
	}
	// Wait for a collection that began after the panic.
	p.Collected()
	p.Arrives(probe.ActiveMetric+" of 0 after a panic or a disconnect of the client", hasValue(0))
	checkNoActiveSeries(p, "a panic or a disconnect of the client")
}

// checkActiveInstrument checks the instrument of http.server.active_requests and the
// attributes of its series.
func checkActiveInstrument(p *probe.Probe) {
	metric := latestMetric(p, probe.ActiveMetric)
	p.Equal("unit of "+probe.ActiveMetric, metric.Unit(), "{request}")
	sum := metric.Proto.GetSum()
	p.True(sum != nil && !sum.GetIsMonotonic(), "instrument of "+probe.ActiveMetric, "another instrument", "an up-down counter, exported as a non-monotonic sum")
	for _, point := range metric.Points() {
		for _, key := range []string{"http.request.method", "url.scheme"} {
			p.True(point.Attributes[key] != nil, key+" of "+probe.ActiveMetric, "none in the series "+point.Attributes.String(), "a value in each series")
		}
	}
}

// checkNoActiveSeries records a problem for each series of http.server.active_requests that is
// not 0. If an instrumentation decrements with other attributes than it incremented with, the
// sum of all series is 0, but two of them drift apart. after is the event that the problem names.
func checkNoActiveSeries(p *probe.Probe, after string) {
	for _, point := range probe.Sorted(p.Points()) {
		if point.Metric == probe.ActiveMetric && point.Value != 0 {
			p.Problem(probe.ActiveMetric+" after "+after+", in the series "+point.Attributes.String(), probe.Show(point.Value), "0")
		}
	}
}

// isActiveRequestsMetric reports whether m is http.server.active_requests.
func isActiveRequestsMetric(m otlptest.Metric) bool { return m.Name() == probe.ActiveMetric }

// checkCardinality sends requests of several kinds. Each kind has its own status code, so
// it must record exactly one series.
func checkCardinality(p *probe.Probe) {
	const many = 1000
	kinds := []struct {
		what    string
		request func(i int) wire.Request
	}{
		{"Hosts", func(int) wire.Request {
			r := wire.Get("/status/201")
			r.Host = p.Unique() + ".example.com"
			return r
		}},
		{"user agents", func(int) wire.Request { return wire.Get("/status/202", "User-Agent: "+p.Unique()) }},
		{"unmatched paths", func(int) wire.Request { return wire.Get("/" + p.Unique()) }},
		{"unknown methods", func(int) wire.Request {
			r := wire.Get("/status/200")
			// Some servers refuse methods with lower-case letters or more than 20 characters.
			r.Method = "M" + strings.ToUpper(strings.TrimPrefix(p.Unique(), "item-"))
			return r
		}},
	}
	if !p.Has(contract.UnknownMethods) {
		kinds = kinds[:3]
	}
	// If the framework answers two kinds with the same status, such as 404 for unknown
	// methods, the two kinds record two series, since their methods differ.
	status := make(map[int64][]string)
	a := p.Measure(func() {
		for _, kind := range kinds {
			responses := p.Burst(many, kind.request)
			code := int64(responses[0].Status)
			status[code] = append(status[code], kind.what)
		}
	})
	for code, whats := range probe.Sorted(status) {
		what := strings.Join(whats, " and 1,000 ")
		for _, metric := range []string{probe.DurationMetric, probe.RequestSizeMetric, probe.ResponseSizeMetric} {
			series, count := 0, 0
			for _, point := range a.Of(metric) {
				if point.Attributes["http.response.status_code"] == code {
					series++
					count += int(point.Count)
				}
			}
			// Some instrumentations see only requests that match a route. The check span/unmatched
			// reports that.
			isUnrouted := code == http.StatusNotFound || code == http.StatusMethodNotAllowed
			if metric == probe.DurationMetric && !isUnrouted || count > 0 {
				p.Equal("series of "+metric+" for 1,000 "+what, series, len(whats))
				p.Equal("measurements of "+metric+" for 1,000 "+what, count, many*len(whats))
			}
		}
	}
	checkNoClientAttributes(p, a)
	active := 0
	for _, point := range p.Points() {
		if point.Metric == probe.ActiveMetric {
			active++
		}
	}
	p.True(active <= 2, "series of "+probe.ActiveMetric, probe.Show(active), "at most 2: one for GET and one for unknown methods")
}

// checkNoClientAttributes records a problem if the duration has an attribute with the address of
// the client. The suite's own requests have one address, but those of users have many.
func checkNoClientAttributes(p *probe.Probe, a probe.Added) {
	for _, key := range []string{"client.address", "network.peer.address"} {
		for _, point := range a.Of(probe.DurationMetric) {
			if value := point.Attributes[key]; value != nil {
				p.Problem(key+" of "+probe.DurationMetric, probe.Show(value), "none, since each client would create series of its own")
				break
			}
		}
	}
}

func checkErrorType(p *probe.Probe) {
	meter := p.Meter()
	for _, target := range []string{"/status/503", "/fail/500", "/panic", "/status/404", "/fail/400"} {
		var x probe.Exchange
		a := meter.Measure(func() { x = p.Send(wire.Get(target)) })
		point, ok := onlyPoint(p, a, probe.DurationMetric, x.Label())
		if !ok {
			continue
		}
		// The span may have another error.type than the metric: the type of an exception
		// instead of the status code.
		got := point.Attributes["error.type"]
		if x.Response.Status < http.StatusInternalServerError {
			if x.Request.Target == "/status/404" {
				p.Equal("error.type of "+probe.DurationMetric+" for "+x.Label(), got, nil)
			}
			continue
		}
		p.True(got != nil, "error.type of "+probe.DurationMetric+" for "+x.Label(), "none", "a value")
		p.OmitsPanicMessage("error.type of "+probe.DurationMetric+" for "+x.Label(), got)
		if status := point.Attributes["http.response.status_code"]; status != nil || x.Request.Target != "/panic" {
			// The instrumentation may not see what a recovery middleware outside it sends.
			p.Equal("http.response.status_code of "+probe.DurationMetric+" for "+x.Label(), status, any(int64(x.Response.Status)))
		}
	}
}

func checkExemplars(p *probe.Probe) {
	p.NeedsMetrics()
	// Several requests are sent because an exemplar reservoir may drop measurements.
	const sent = 8
	traces := make(map[string]bool, sent)
	for range sent {
		traces[p.Send(wire.Get("/status/418")).TraceID] = true
	}
	p.Arrives("exemplars of "+probe.DurationMetric+" with the trace id of a request for GET /status/418", func(s otlptest.Snapshot) bool {
		for _, metric := range slices.Backward(s.Metrics()) {
			if metric.Name() != probe.DurationMetric {
				continue
			}
			for _, point := range metric.Points() {
				for _, exemplar := range point.Exemplars {
					if traces[hex.EncodeToString(exemplar.GetTraceId())] {
						return true
					}
				}
			}
		}
		return false
	})
}

func checkMetricsOff(p *probe.Probe) {
	p.NeedsMetrics()
	peer := p.Peer()
	x := p.Send(wire.Post("/relay", peer.Relay("/echo")))
	call, ok := peer.Only(p)
	p.Settle()
	if _, found := p.SettledServer(x); found && ok {
		p.True(len(call.Get("Traceparent")) == 55 && call.Get("Traceparent")[3:35] == x.TraceID,
			"traceparent of an outgoing call", probe.Show(call.Get("Traceparent")), "the caller's trace id "+x.TraceID)
	}
	// The shutdown would export metrics that have not been exported yet.
	p.NeedsSignals(p.Stop())
	for _, metric := range p.Receiver().Metrics() {
		p.Problem("exported metrics", metric.Name(), "none")
		return
	}
}
