package prometheus

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// timeFactor is the ratio of the clocks: a second of the services is a minute of
// Prometheus. So a test takes seconds, although queries and rules cover minutes.
const timeFactor = 60

// clock converts times of the services to times of Prometheus. serviceStart and
// prometheusStart are the same moment on the two clocks.
type clock struct{ serviceStart, prometheusStart time.Time }

// newClock returns a clock that starts now. Prometheus' time starts a day ago, because
// Prometheus rejects samples in the future.
func newClock() clock {
	now := time.Now()
	return clock{serviceStart: now, prometheusStart: now.Add(-24 * time.Hour).Truncate(time.Minute)}
}

// prometheusTime converts a time of the services to a time of Prometheus.
func (c clock) prometheusTime(t time.Time) time.Time {
	return c.prometheusStart.Add(t.Sub(c.serviceStart) * timeFactor)
}

// convertTimestamp converts an OTLP timestamp like prometheusTime. It returns 0 for 0, which
// means that there is no timestamp.
func (c clock) convertTimestamp(t pcommon.Timestamp) pcommon.Timestamp {
	if t == 0 {
		return 0
	}
	return pcommon.NewTimestampFromTime(c.prometheusTime(t.AsTime()))
}

// gateway receives the services' exports over OTLP/HTTP, converts the timestamps, and
// forwards the exports to Prometheus.
type gateway struct {
	clock
	// targets are the OTLP receivers of the databases.
	targets []http.Handler

	mu           sync.Mutex
	exportCounts map[string]int              // by service
	rejectFuncs  map[string]func(n int) bool // by service
}

// newGateway returns a gateway that forwards exports to the targets.
func newGateway(targets ...http.Handler) *gateway {
	return &gateway{clock: newClock(), targets: targets, exportCounts: make(map[string]int), rejectFuncs: make(map[string]func(int) bool)}
}

// exportCount returns the number of exports that the service has sent.
func (g *gateway) exportCount(service string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.exportCounts[service]
}

// rejectExports makes the gateway reject exports of the service with status 400. It rejects
// an export if the function which returns true. The argument n is the number of exports that
// the service has sent so far, including this one.
func (g *gateway) rejectExports(service string, which func(n int) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rejectFuncs[service] = which
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, err := readExport(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	service := g.convertTimes(request.Metrics())
	g.mu.Lock()
	g.exportCounts[service]++
	rejected := g.rejectFuncs[service] != nil && g.rejectFuncs[service](g.exportCounts[service])
	g.mu.Unlock()
	if rejected {
		http.Error(w, "rejected by the test", http.StatusBadRequest)
		return
	}
	body, err := request.MarshalProto()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for _, handler := range g.targets {
		forwarded := httptest.NewRequestWithContext(r.Context(), http.MethodPost, "/api/v1/otlp/v1/metrics", bytes.NewReader(body))
		forwarded.Header.Set("Content-Type", "application/x-protobuf")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, forwarded)
		if answer.Code != http.StatusOK {
			http.Error(w, answer.Body.String(), answer.Code)
			return
		}
	}
	w.WriteHeader(http.StatusOK)
}

// readExport decodes the body of an OTLP export.
func readExport(r *http.Request) (pmetricotlp.ExportRequest, error) {
	request := pmetricotlp.NewExportRequest()
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return request, err
		}
		body = unzipped
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return request, err
	}
	return request, request.UnmarshalProto(data)
}

// convertTimes converts all timestamps of an export to Prometheus' clock. It returns the
// name of the service.
func (g *gateway) convertTimes(metrics pmetric.Metrics) (service string) {
	for _, resource := range metrics.ResourceMetrics().All() {
		if name, ok := resource.Resource().Attributes().Get("service.name"); ok {
			service = name.Str()
		}
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				g.convertMetricTimes(metric)
			}
		}
	}
	return service
}

// dataPoint is the common interface of all types of data points.
type dataPoint interface {
	Timestamp() pcommon.Timestamp
	SetTimestamp(pcommon.Timestamp)
	StartTimestamp() pcommon.Timestamp
	SetStartTimestamp(pcommon.Timestamp)
	Exemplars() pmetric.ExemplarSlice
}

// convertMetricTimes converts the timestamps of a metric, as convertTimestamp does.
func (g *gateway) convertMetricTimes(metric pmetric.Metric) {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		for _, p := range metric.Gauge().DataPoints().All() {
			g.convertPointTimes(p)
		}
	case pmetric.MetricTypeSum:
		for _, p := range metric.Sum().DataPoints().All() {
			g.convertPointTimes(p)
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range metric.Histogram().DataPoints().All() {
			g.convertPointTimes(p)
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, p := range metric.ExponentialHistogram().DataPoints().All() {
			g.convertPointTimes(p)
		}
	default:
		panic(fmt.Sprintf("a metric of type %s: want its times converted too", metric.Type()))
	}
}

// convertPointTimes converts the timestamps of a data point, as convertTimestamp does.
func (g *gateway) convertPointTimes(p dataPoint) {
	p.SetTimestamp(g.convertTimestamp(p.Timestamp()))
	p.SetStartTimestamp(g.convertTimestamp(p.StartTimestamp()))
	for _, exemplar := range p.Exemplars().All() {
		exemplar.SetTimestamp(g.convertTimestamp(exemplar.Timestamp()))
	}
}
