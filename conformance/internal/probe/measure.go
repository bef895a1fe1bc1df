package probe

import (
	"context"
	"net/http"
	"time"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/otlptest"
)

// The metrics of the HTTP semantic conventions.
const (
	DurationMetric     = "http.server.request.duration"
	ActiveMetric       = "http.server.active_requests"
	RequestSizeMetric  = "http.server.request.body.size"
	ResponseSizeMetric = "http.server.response.body.size"
)

// arrivalTimeout limits how long expected telemetry may take to arrive.
const arrivalTimeout = 5 * time.Second

// markerTimeout limits how long a check waits for a collection that began after the suite's
// own marker requests. When the time is over, the check ends with the outcome "error". The
// limit is generous, for a heavily loaded machine.
const markerTimeout = 20 * time.Second

// Arrives waits until enough returns true for the received telemetry. It records a
// problem if enough does not return true within arrivalTimeout. what names the expected
// telemetry in the problem.
func (p *Probe) Arrives(what string, enough func(otlptest.Snapshot) bool) {
	ctx, cancel := context.WithTimeout(p.ctx, arrivalTimeout)
	defer cancel()
	err := p.instance.Collector.Wait(ctx, enough)
	p.True(err == nil, what, "none within "+arrivalTimeout.String(), "one")
}

// Added is what was added to the metrics of a service between two collections.
type Added struct {
	// before has the points of the first collection, and after has the points of the second
	// collection. The keys of both maps identify the series, as in [Probe.Points].
	before, after map[string]otlptest.Point
	// markerCount is the number of marker requests between the two collections, and
	// markerRoute is their route. The method Of does not return the measurements of marker
	// requests.
	markerCount int
	markerRoute string
}

// Measure calls f and returns what was added to the service's metrics while f ran. The
// marker requests, GET /process/{item_id}, are not included, so f must not send requests to
// that route.
func (p *Probe) Measure(f func()) Added { return p.MeasureAfter(p.Collected, f) }

// MeasureAfter is like Measure, but calls waitForCollection to wait for a collection.
func (p *Probe) MeasureAfter(waitForCollection, f func()) Added {
	return p.newMeter(waitForCollection).Measure(f)
}

// Meter makes a series of measurements with half as many collections as [Probe.Measure]:
// each measurement begins where the previous one ended. No requests may be sent to the
// service between two measurements.
type Meter struct {
	probe             *Probe
	waitForCollection func()
	points            map[string]otlptest.Point // of the last collection, as [Probe.Points] returns them
	processedRequests int                       // requests for /process before that collection
}

// Meter returns a Meter whose first measurement begins now.
func (p *Probe) Meter() *Meter { return p.newMeter(p.Collected) }

// newMeter returns a Meter that waits for each collection with waitForCollection.
func (p *Probe) newMeter(waitForCollection func()) *Meter {
	p.NeedsMetrics()
	m := &Meter{probe: p, waitForCollection: waitForCollection}
	m.readPoints()
	return m
}

// readPoints calls waitForCollection and stores the points that have arrived.
func (m *Meter) readPoints() {
	m.waitForCollection()
	m.processedRequests, m.points = m.probe.instance.Processed, m.probe.Points()
}

// Measure calls f and returns what was added to the metrics, like [Probe.Measure].
func (m *Meter) Measure(f func()) Added {
	before, processedRequests := m.points, m.processedRequests
	f()
	m.readPoints()
	return Added{
		before: before, after: m.points, markerCount: m.processedRequests - processedRequests,
		markerRoute: m.probe.Template("/process/{item_id}"),
	}
}

// Collected calls Settle, and waits for a collection that began afterwards. It waits for
// two collections to arrive, since the first may have begun earlier. A collection that has
// counted a request for /process is not sufficient: the request may still have been in
// progress when the collection began.
func (p *Probe) Collected() {
	p.Settle()
	p.Counted()
}

// Counted is like Collected, for a service whose spans are not exported: it uses only
// metrics. It assumes that the span of a request has ended when three more requests are
// answered.
func (p *Probe) Counted() {
	if p.services.RareMetrics {
		p.Cannot("the check waits for metrics, but its declaration does not set Measures")
	}
	settled := len(CountsOfProcessed(p.instance.Collector.Snapshot()))
	ctx, cancel := context.WithTimeout(p.ctx, markerTimeout)
	defer cancel()
	err := p.instance.Collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		counts := CountsOfProcessed(s)
		return len(counts) >= settled+2 && counts[len(counts)-1] >= p.instance.Processed
	})
	if err != nil {
		p.Cannot("the metric %s did not reach %d, the number of requests for /process that the service has answered: %w%s",
			contract.ProcessedMetric, p.instance.Processed, context.Cause(ctx), p.instance.Details())
	}
}

// CountsOfProcessed returns the service's own count of requests for /process in
// each received collection.
func CountsOfProcessed(s otlptest.Snapshot) (counts []int) {
	for _, metric := range s.Metrics() {
		if metric.Name() == contract.ProcessedMetric {
			counts = append(counts, sumValues(metric.Points()))
		}
	}
	return counts
}

func sumValues(points []otlptest.Point) (sum int) {
	for i := range points {
		sum += int(points[i].Value)
	}
	return sum
}

// Latest returns all metrics of the last collection. Each collection contains the metric
// reference.processed once, so they are among those after the second-to-last one. Metrics of
// the collection before may come first, since reference.processed need not be the last
// metric of a collection.
func (p *Probe) Latest(s otlptest.Snapshot) []otlptest.Metric {
	all, found := s.Metrics(), 0
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Name() != contract.ProcessedMetric {
			continue
		}
		found++
		if found == 2 {
			return all[i+1:]
		}
	}
	return all
}

// Points returns the latest point of each series.
func (p *Probe) Points() map[string]otlptest.Point {
	latest := make(map[string]otlptest.Point)
	for _, metric := range p.Latest(p.instance.Collector.Snapshot()) {
		for _, point := range metric.Points() {
			latest[point.Scope.Name+" "+point.Metric+" "+point.Attributes.String()] = point
		}
	}
	return latest
}

// Of returns the series of the histogram metric that have new measurements. Count and Sum of
// each returned point are those of the new measurements alone. If [Added.MarkersShareSeries],
// Sum includes the marker requests.
func (a Added) Of(metric string) []otlptest.Point {
	var points []otlptest.Point
	shared := a.MarkersShareSeries(metric)
	for series, point := range Sorted(a.after) {
		if point.Metric != metric || a.isMarkerRoute(point.Attributes["http.route"]) {
			continue
		}
		point.Count -= a.before[series].Count
		point.Sum -= a.before[series].Sum
		if shared && mayHaveMarkers(point) {
			point.Count -= min(point.Count, uint64(a.markerCount))
		}
		if point.Count > 0 {
			points = append(points, point)
		}
	}
	return points
}

// MarkersShareSeries reports whether the metric has the marker requests in the series of all GET
// requests with the status 200, because its series have no routes.
func (a Added) MarkersShareSeries(metric string) (shared bool) {
	for _, point := range a.after {
		switch {
		case point.Metric != metric:
		case a.isMarkerRoute(point.Attributes["http.route"]):
			return false
		case mayHaveMarkers(point):
			shared = true
		}
	}
	return shared
}

// isMarkerRoute reports whether the route is that of the marker requests.
func (a Added) isMarkerRoute(route any) bool {
	text, ok := route.(string)
	return ok && a.markerRoute != "" && withoutParameterTypes(text) == withoutParameterTypes(a.markerRoute)
}

// mayHaveMarkers reports whether the series of the point has the marker requests, if series have
// no routes.
func mayHaveMarkers(point otlptest.Point) bool {
	return point.Attributes["http.route"] == nil && point.Attributes["http.response.status_code"] == int64(http.StatusOK) &&
		point.Attributes["http.request.method"] == http.MethodGet && point.Attributes["error.type"] == nil
}

// Histograms describes each series of the conventions' histograms to which measurements
// were added, by the name of the metric and the attributes of the series.
func (a Added) Histograms() []string {
	series := []string{}
	for _, metric := range []string{DurationMetric, RequestSizeMetric, ResponseSizeMetric} {
		for _, point := range a.Of(metric) {
			series = append(series, metric+point.Attributes.String())
		}
	}
	return series
}

// Active returns how many requests are in progress according to the service's
// metric.
func (p *Probe) Active(s otlptest.Snapshot) (sum float64) {
	latest := make(map[string]float64)
	for _, metric := range p.Latest(s) {
		if metric.Name() == ActiveMetric {
			for _, point := range metric.Points() {
				latest[point.Scope.Name+point.Attributes.String()] = point.Value
			}
		}
	}
	for _, value := range latest {
		sum += value
	}
	return sum
}

// MeasureIfCan is like [Probe.Measure], for a check whose rule is about more than
// metrics. If the instrumentation has no metrics, it only calls f and measured is false.
func (p *Probe) MeasureIfCan(f func()) (added Added, measured bool) {
	if p.Has(contract.Metrics) && p.Measures() {
		return p.Measure(f), true
	}
	f()
	p.Settle()
	return Added{}, false
}

// OneDuration records a problem unless the exchange has added one measurement to the
// duration metric. It does nothing if measured is false.
func (p *Probe) OneDuration(x Exchange, added Added, measured bool) {
	if !measured {
		return
	}
	count := 0
	for _, point := range added.Of(DurationMetric) {
		count += int(point.Count)
	}
	p.Equal("measurements of "+DurationMetric+" for "+x.Label(), count, 1)
}
