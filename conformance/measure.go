package conformance

import (
	"context"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// The metrics of the HTTP semantic conventions.
const (
	durationMetric     = "http.server.request.duration"
	activeMetric       = "http.server.active_requests"
	requestSizeMetric  = "http.server.request.body.size"
	responseSizeMetric = "http.server.response.body.size"
)

// processedMetric counts the requests for /process, by the service itself.
const processedMetric = "reference.processed"

// arrivalTime is how long what must arrive may take.
const arrivalTime = 5 * time.Second

// fenceTime is how long a collection may take that follows requests of the
// suite's own. Nothing but a machine that is far too busy makes it long, and
// then the check cannot tell, so there is no hurry.
const fenceTime = 20 * time.Second

// arrives waits for something to arrive; that it does not is a problem.
func (p *Probe) arrives(what string, enough func(otlptest.Snapshot) bool) {
	ctx, cancel := context.WithTimeout(p.ctx, arrivalTime)
	defer cancel()
	err := p.instance.collector.Wait(ctx, enough)
	p.True(err == nil, what, "does not arrive", "arrives")
}

// added is by how much the series of a service have grown.
type added struct {
	before, after map[string]otlptest.Point
	// fenced is how many requests of the suite's own are in it, and route is
	// theirs.
	fenced int
	route  string
}

// measure returns what f has added to the service's metrics. The requests that
// fence it, GET /process/{item_id}, are left out, and so f must send none.
func (p *Probe) measure(f func()) added { return p.measureAfter(p.collected, f) }

// measureAfter is measure with another way to wait for a collection.
func (p *Probe) measureAfter(collected, f func()) added {
	collected()
	processed := p.instance.processed
	before := p.points()
	f()
	collected()
	return added{
		before: before, after: p.points(), fenced: p.instance.processed - processed,
		route: p.subject.template("/process/{item_id}"),
	}
}

// collected settles and waits for a collection that began after that: the
// second that arrives, for the first may have begun before. One that has counted
// a request for /process may have begun while that was still in progress.
func (p *Probe) collected() {
	p.Settle()
	p.counted()
}

// counted waits for a collection that began after all requests so far had ended,
// by the metrics alone, for a service whose spans are not exported: what ends
// when an answer has been sent does not take as long as three more requests.
func (p *Probe) counted() {
	settled := len(countsOfProcessed(p.instance.collector.Snapshot()))
	ctx, cancel := context.WithTimeout(p.ctx, fenceTime)
	defer cancel()
	err := p.instance.collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		counts := countsOfProcessed(s)
		return len(counts) >= settled+2 && counts[len(counts)-1] >= p.instance.processed
	})
	if err != nil {
		p.cannot("the metric %s does not count to %d, the requests that were answered: %w%s",
			processedMetric, p.instance.processed, context.Cause(ctx), p.instance.printed())
	}
}

// countsOfProcessed returns the requests for /process that the service counts
// itself, for each collection that has arrived.
func countsOfProcessed(s otlptest.Snapshot) (counts []int) {
	for _, metric := range s.Metrics() {
		if metric.Name() == processedMetric {
			counts = append(counts, total(metric.Points()))
		}
	}
	return counts
}

func total(points []otlptest.Point) (sum int) {
	for i := range points {
		sum += int(points[i].Value)
	}
	return sum
}

// latest returns the metrics of the last collection: all that have arrived
// since the last but one counted the requests.
func (p *Probe) latest(s otlptest.Snapshot) []otlptest.Metric {
	all, found := s.Metrics(), 0
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Name() != processedMetric {
			continue
		}
		found++
		if found == 2 {
			return all[i+1:]
		}
	}
	return all
}

// points returns the latest point of each series.
func (p *Probe) points() map[string]otlptest.Point {
	latest := make(map[string]otlptest.Point)
	for _, metric := range p.latest(p.instance.collector.Snapshot()) {
		for _, point := range metric.Points() {
			latest[point.Scope.Name+" "+point.Metric+" "+point.Attributes.String()] = point
		}
	}
	return latest
}

// of returns the series of a histogram that have grown, with the Count and Sum
// by which they have.
func (a added) of(metric string) []otlptest.Point {
	var grown []otlptest.Point
	for series, point := range sorted(a.after) {
		if point.Metric != metric || point.Attributes["http.route"] == a.route {
			continue
		}
		point.Count -= a.before[series].Count
		point.Sum -= a.before[series].Sum
		if point.Attributes["http.route"] == nil && point.Attributes["http.response.status_code"] == int64(200) &&
			point.Attributes["http.request.method"] == "GET" {
			// Without routes the fences are in here.
			point.Count -= min(point.Count, uint64(a.fenced))
		}
		if point.Count > 0 {
			grown = append(grown, point)
		}
	}
	return grown
}

// histograms returns which of the metrics of the conventions have grown.
func (a added) histograms() []string {
	grown := []string{}
	for _, metric := range []string{durationMetric, requestSizeMetric, responseSizeMetric} {
		for _, point := range a.of(metric) {
			grown = append(grown, metric+point.Attributes.String())
		}
	}
	return grown
}

// active returns how many requests the service says are in progress.
func (p *Probe) active(s otlptest.Snapshot) (sum float64) {
	latest := make(map[string]float64)
	for _, metric := range p.latest(s) {
		if metric.Name() == activeMetric {
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
