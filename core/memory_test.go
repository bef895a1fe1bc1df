package core

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// memoryExporter keeps the exported items in memory, and counts its shutdowns. If unblock
// is not nil, every export and shutdown blocks until unblock is closed. Otherwise an
// export panics if shouldPanic is set. Any other export returns err.
type memoryExporter[T any] struct {
	mu        sync.Mutex
	items     []T
	shutdowns atomic.Int32 // number of calls of Shutdown

	unblock     chan struct{}
	err         error // result of each export
	shouldPanic bool
}

// add keeps the items of one export and returns the error of the export. It may block or
// panic, as memoryExporter describes.
func (m *memoryExporter[T]) add(items ...T) error {
	switch {
	case m.unblock != nil:
		<-m.unblock // even if the context of the export has ended
	case m.shouldPanic:
		panic("broken")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items = append(m.items, items...)
	return m.err
}

// allItems returns a copy of the exported items.
func (m *memoryExporter[T]) allItems() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]T(nil), m.items...)
}

// lastItem returns the item that was exported last.
func (m *memoryExporter[T]) lastItem() T { all := m.allItems(); return all[len(all)-1] }

// reset removes all items and resets the number of shutdowns to 0.
func (m *memoryExporter[T]) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items = nil
	m.shutdowns.Store(0)
}

func (m *memoryExporter[T]) Shutdown(context.Context) error {
	m.shutdowns.Add(1)
	if m.unblock != nil {
		<-m.unblock
	}
	return nil
}

func (m *memoryExporter[T]) ForceFlush(context.Context) error { return nil }

// memorySpanExporter is an exporter of spans.
type memorySpanExporter struct {
	memoryExporter[sdktrace.ReadOnlySpan]
}

func (m *memorySpanExporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	return m.add(spans...)
}

// names returns the names of the exported spans, separated by commas.
func (m *memorySpanExporter) names() string {
	var names []string
	for _, span := range m.allItems() {
		names = append(names, span.Name())
	}
	return strings.Join(names, ",")
}

// memoryLogExporter is an exporter of log records.
type memoryLogExporter struct{ memoryExporter[sdklog.Record] }

func (m *memoryLogExporter) Export(_ context.Context, records []sdklog.Record) error {
	clones := make([]sdklog.Record, len(records))
	for i := range records {
		clones[i] = records[i].Clone()
	}
	return m.add(clones...)
}

// bodies returns the bodies of the exported log records, separated by commas.
func (m *memoryLogExporter) bodies() string {
	var bodies []string
	for _, record := range m.allItems() {
		body := record.Body()
		bodies = append(bodies, body.String())
	}
	return strings.Join(bodies, ",")
}

// memoryMetricExporter is an exporter of metrics that keeps only the names of the metrics.
type memoryMetricExporter struct{ memoryExporter[string] }

func (*memoryMetricExporter) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DefaultTemporalitySelector(k)
}

func (*memoryMetricExporter) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(k)
}

func (m *memoryMetricExporter) Export(_ context.Context, data *metricdata.ResourceMetrics) error {
	return m.add(metricNames(data)...)
}

// names returns the names of the exported metrics, separated by commas.
func (m *memoryMetricExporter) names() string { return strings.Join(m.allItems(), ",") }

// metricNames returns the names of all metrics in data.
func metricNames(data *metricdata.ResourceMetrics) (names []string) {
	for _, scoped := range data.ScopeMetrics {
		for _, metric := range scoped.Metrics {
			names = append(names, metric.Name)
		}
	}
	return names
}

// manualReader is a metric reader that collects only when the test calls collectNames.
// If unblock is not nil, Shutdown blocks until unblock is closed.
type manualReader struct {
	*sdkmetric.ManualReader
	shutdowns atomic.Int32
	unblock   chan struct{}
}

func newManualReader() *manualReader { return &manualReader{ManualReader: sdkmetric.NewManualReader()} }

func (s *manualReader) Shutdown(ctx context.Context) error {
	s.shutdowns.Add(1)
	if s.unblock != nil {
		<-s.unblock
	}
	return s.ManualReader.Shutdown(ctx)
}

// collectNames collects the metrics, and returns their names, separated by commas.
func (s *manualReader) collectNames(t *testing.T) string {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := s.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	return strings.Join(metricNames(&data), ",")
}

// emitEachSignal records a span, a data point and a log record with the given name.
func emitEachSignal(t *testing.T, tel *Telemetry, name string) {
	t.Helper()
	ctx, span := tel.TracerProvider().Tracer("test").Start(t.Context(), name)
	counter, err := tel.MeterProvider().Meter("test").Int64Counter(name)
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 1)
	var record log.Record
	record.SetBody(attribute.StringValue(name))
	tel.LoggerProvider().Logger("test").Emit(ctx, record)
	span.End()
}
