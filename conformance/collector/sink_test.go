package collector

import (
	"context"
	"maps"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// sink is the exporter at the end of the Collector's pipelines. It records the telemetry
// that it gets. Its methods are safe for concurrent use.
type sink struct {
	noopLifecycle

	mu       sync.Mutex
	received receivedTelemetry
}

// receivedTelemetry is the telemetry that has arrived.
type receivedTelemetry struct {
	// services are the names of the services that have sent telemetry.
	services map[string]bool
	spans    []span
	records  []record
	// metricExports is the number of metric exports. An export with the metrics of two
	// resources counts as two.
	metricExports int
	// points has the latest point of each metric series. The key is the metric's name
	// followed by the attributes.
	points map[string]point
}

// span is a received span.
type span struct {
	trace      pcommon.TraceID
	id, parent pcommon.SpanID
	name       string
	kind       ptrace.SpanKind
	attributes map[string]any
}

// record is a received log record.
type record struct {
	// trace and span are the ids of the span in which the record was logged.
	trace pcommon.TraceID
	span  pcommon.SpanID
	body  string
}

// point is a received data point of a metric.
type point struct {
	metric     string
	attributes map[string]any
	timestamp  pcommon.Timestamp
	// value is the value of a sum, or the count of a histogram.
	value uint64
}

func newSink() *sink {
	return &sink{received: receivedTelemetry{services: make(map[string]bool), points: make(map[string]point)}}
}

// snapshot returns the telemetry that has arrived so far.
func (s *sink) snapshot() receivedTelemetry {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.received
	r.services, r.points = maps.Clone(r.services), maps.Clone(r.points)
	return r
}

// spansByName returns the spans with the name.
func (r receivedTelemetry) spansByName(name string) (spans []span) {
	for _, s := range r.spans {
		if s.name == name {
			spans = append(spans, s)
		}
	}
	return spans
}

// total returns the sum of a metric's points that have the attribute key=value, or of all
// its points if key is "".
func (r receivedTelemetry) total(metric, key, value string) (sum uint64) {
	for _, p := range r.points {
		if p.metric == metric && (key == "" || p.attributes[key] == value) {
			sum += p.value
		}
	}
	return sum
}

// factory returns a factory that returns s as the exporter of each signal.
func (s *sink) factory() exporter.Factory {
	return exporter.NewFactory(component.MustNewType("sink"), emptyConfig,
		exporter.WithTraces(func(context.Context, exporter.Settings, component.Config) (exporter.Traces, error) {
			return s, nil
		}, component.StabilityLevelStable),
		exporter.WithMetrics(func(context.Context, exporter.Settings, component.Config) (exporter.Metrics, error) {
			return s, nil
		}, component.StabilityLevelStable),
		exporter.WithLogs(func(context.Context, exporter.Settings, component.Config) (exporter.Logs, error) {
			return s, nil
		}, component.StabilityLevelStable))
}

func (*sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// recordService records the service.name of the resource.
func (s *sink) recordService(resource pcommon.Resource) {
	name, _ := resource.Attributes().Get("service.name")
	s.received.services[name.AsString()] = true
}

func (s *sink) ConsumeTraces(_ context.Context, traces ptrace.Traces) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range traces.ResourceSpans().All() {
		s.recordService(resource.Resource())
		for _, scope := range resource.ScopeSpans().All() {
			for _, each := range scope.Spans().All() {
				s.received.spans = append(s.received.spans, span{
					trace: each.TraceID(), id: each.SpanID(), parent: each.ParentSpanID(),
					name: each.Name(), kind: each.Kind(), attributes: each.Attributes().AsRaw(),
				})
			}
		}
	}
	return nil
}

func (s *sink) ConsumeLogs(_ context.Context, logs plog.Logs) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range logs.ResourceLogs().All() {
		s.recordService(resource.Resource())
		for _, scope := range resource.ScopeLogs().All() {
			for _, each := range scope.LogRecords().All() {
				s.received.records = append(s.received.records,
					record{trace: each.TraceID(), span: each.SpanID(), body: each.Body().AsString()})
			}
		}
	}
	return nil
}

func (s *sink) ConsumeMetrics(_ context.Context, metrics pmetric.Metrics) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range metrics.ResourceMetrics().All() {
		s.recordService(resource.Resource())
		s.received.metricExports++
		for _, scope := range resource.ScopeMetrics().All() {
			for _, each := range scope.Metrics().All() {
				s.storeMetric(each)
			}
		}
	}
	return nil
}

// storeMetric stores the metric's points. A point that is older than the stored point of
// its series is ignored.
func (s *sink) storeMetric(metric pmetric.Metric) {
	switch metric.Type() {
	case pmetric.MetricTypeSum:
		for _, p := range metric.Sum().DataPoints().All() {
			s.storePoint(metric.Name(), p.Attributes(), p.Timestamp(), uint64(max(0, p.IntValue())))
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range metric.Histogram().DataPoints().All() {
			s.storePoint(metric.Name(), p.Attributes(), p.Timestamp(), p.Count())
		}
	}
}

// storePoint stores a data point, unless the stored point of its series is newer.
func (s *sink) storePoint(metric string, attributes pcommon.Map, timestamp pcommon.Timestamp, value uint64) {
	p := point{metric: metric, attributes: attributes.AsRaw(), timestamp: timestamp, value: value}
	key := pcommon.NewValueMap()
	attributes.CopyTo(key.Map())
	series := metric + key.AsString()
	if s.received.points[series].timestamp <= timestamp {
		s.received.points[series] = p
	}
}
