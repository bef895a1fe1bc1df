package probe

import (
	"context"
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

// arrivalTime is how long what must arrive may take.
const arrivalTime = 5 * time.Second

// fenceTime is how long a collection may take that follows requests of the
// suite's own. Nothing but a machine that is far too busy makes it long, and
// then the check cannot tell, so there is no hurry.
const fenceTime = 20 * time.Second

// Arrives waits for something to arrive; that it does not is a problem.
func (p *Probe) Arrives(what string, enough func(otlptest.Snapshot) bool) {
	ctx, cancel := context.WithTimeout(p.ctx, arrivalTime)
	defer cancel()
	err := p.instance.Collector.Wait(ctx, enough)
	p.True(err == nil, what, "does not arrive", "arrives")
}

// Added is by how much the series of a service have grown.
type Added struct {
	before, after map[string]otlptest.Point
	// fenced is how many requests of the suite's own are in it, and route is
	// theirs.
	fenced int
	route  string
}

// Measure returns what f has added to the service's metrics. The requests that
// fence it, GET /process/{item_id}, are left out, and so f must send none.
func (p *Probe) Measure(f func()) Added { return p.MeasureAfter(p.Collected, f) }

// MeasureAfter is measure with another way to wait for a collection.
func (p *Probe) MeasureAfter(collected, f func()) Added {
	return p.meter(collected).Measure(f)
}

// Meter measures several times, and waits for half as many collections as
// [Probe.Measure]: each measurement begins where the one before ended. Nothing
// may be sent to the service between them.
type Meter struct {
	p         *Probe
	collected func()
	points    map[string]otlptest.Point
	processed int
}

// Meter returns a Meter whose first measurement begins now.
func (p *Probe) Meter() *Meter { return p.meter(p.Collected) }

func (p *Probe) meter(collected func()) *Meter {
	p.NeedsMetrics()
	m := &Meter{p: p, collected: collected}
	m.read()
	return m
}

// read keeps where the metrics are after another collection.
func (m *Meter) read() {
	m.collected()
	m.processed, m.points = m.p.instance.Processed, m.p.Points()
}

// Measure returns what f has added to the metrics, as [Probe.Measure] does.
func (m *Meter) Measure(f func()) Added {
	before, processed := m.points, m.processed
	f()
	m.read()
	return Added{
		before: before, after: m.points, fenced: m.processed - processed,
		route: m.p.Template("/process/{item_id}"),
	}
}

// Collected settles and waits for a collection that began after that: the
// second that arrives, for the first may have begun before. One that has counted
// a request for /process may have begun while that was still in progress.
func (p *Probe) Collected() {
	p.Settle()
	p.Counted()
}

// Counted waits for a collection that began after all requests so far had ended,
// by the metrics alone, for a service whose spans are not exported: what ends
// when an answer has been sent does not take as long as three more requests.
func (p *Probe) Counted() {
	settled := len(CountsOfProcessed(p.instance.Collector.Snapshot()))
	ctx, cancel := context.WithTimeout(p.ctx, fenceTime)
	defer cancel()
	err := p.instance.Collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		counts := CountsOfProcessed(s)
		return len(counts) >= settled+2 && counts[len(counts)-1] >= p.instance.Processed
	})
	if err != nil {
		p.Cannot("the metric %s does not count to %d, the requests that were answered: %w%s",
			contract.ProcessedMetric, p.instance.Processed, context.Cause(ctx), p.instance.Printed())
	}
}

// CountsOfProcessed returns the requests for /process that the service counts
// itself, for each collection that has arrived.
func CountsOfProcessed(s otlptest.Snapshot) (counts []int) {
	for _, metric := range s.Metrics() {
		if metric.Name() == contract.ProcessedMetric {
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

// Latest returns the metrics of the last collection: all that have arrived
// since the last but one counted the requests.
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

// Of returns the series of a histogram that have grown, with the Count and Sum
// by which they have.
func (a Added) Of(metric string) []otlptest.Point {
	var grown []otlptest.Point
	for series, point := range Sorted(a.after) {
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

// Histograms returns which of the metrics of the conventions have grown.
func (a Added) Histograms() []string {
	grown := []string{}
	for _, metric := range []string{DurationMetric, RequestSizeMetric, ResponseSizeMetric} {
		for _, point := range a.Of(metric) {
			grown = append(grown, metric+point.Attributes.String())
		}
	}
	return grown
}

// Active returns how many requests the service says are in progress.
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

// OneDuration records a problem unless the exchange has added one point to the
// duration.
func (p *Probe) OneDuration(x Exchange, grown Added) {
	count := 0
	for _, point := range grown.Of(DurationMetric) {
		count += int(point.Count)
	}
	p.Equal("points of "+DurationMetric+" of "+x.Label(), count, 1)
}
