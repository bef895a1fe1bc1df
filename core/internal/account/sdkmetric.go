package account

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/otelconv"
)

// The metrics in this file follow OpenTelemetry's semantic conventions for SDKs. They
// read existing counters at each collection, and add no work to requests.

// signalMetrics are the instruments of one signal. Instruments that do not apply to the
// signal are nil.
type signalMetrics struct {
	*Counters
	queue queue
	// lossesByError returns the number of lost items for each error.type.
	lossesByError       func() (failures, drops map[string]uint64)
	processorAttributes attribute.Set
	exporterAttributes  attribute.Set

	// Each of these instruments is named after its metric, without the prefix, which is
	// for example otel.sdk.exporter.span.
	processed     metric.Int64ObservableCounter
	queueSize     metric.Int64ObservableUpDownCounter
	queueCapacity metric.Int64ObservableUpDownCounter
	exported      metric.Int64ObservableCounter
	inflight      metric.Int64ObservableUpDownCounter
}

// Signal holds the counters and the queue of a signal, which ObserveSDK reports as
// metrics.
type Signal struct {
	Counter *Counter
	// Queue is nil for metrics.
	Queue queue
	// Points counts the data points of metrics; nil for other signals.
	Points *Counters
}

// queue is a queue of items that wait for their export.
type queue interface {
	Length() int64
	Capacity() int64
}

// ObserveSDK registers the otel.sdk.* metrics of all exporters except the console if
// wanted is set. If the SDK's experimental metrics are enabled, the SDK counts most items
// itself, and ObserveSDK registers only a count of the items that the SDK does not see
// because they are dropped before its queue.
func ObserveSDK(meter metric.Meter, wanted bool, signals ...Signal) error {
	experiment := ExperimentalMetrics()
	if !wanted && !experiment {
		return nil
	}
	created := instrumentBuilder{meter: meter}
	var all []*signalMetrics
	for _, s := range signals {
		if s.Counter.Component != nil {
			all = append(all, created.newSignalMetrics(s))
		}
	}
	if !experiment {
		created.installDurationRecorders(signals)
	}
	_, err := meter.RegisterCallback(func(_ context.Context, observer metric.Observer) error {
		for _, m := range all {
			m.observeDrops(observer)
			if !experiment {
				m.observeExceptDrops(observer)
			}
		}
		return nil
	}, created.observables...)
	return errors.Join(append(created.errs, err)...)
}

// newSignalMetrics creates the instruments of a signal.
func (b *instrumentBuilder) newSignalMetrics(s Signal) *signalMetrics {
	m := &signalMetrics{Counters: &s.Counter.Counters, queue: s.Queue, lossesByError: s.Counter.Losses, exporterAttributes: attribute.NewSet(s.Counter.Component...)}
	switch s.Counter.Signal {
	case "traces":
		m.processorAttributes = attribute.NewSet(Component("batching_span_processor", s.Counter.Number)...)
		m.processed = b.newCounter(otelconv.SDKProcessorSpanProcessedObservable{})
		m.queueSize, m.queueCapacity = b.newUpDownCounter(otelconv.SDKProcessorSpanQueueSize{}), b.newUpDownCounter(otelconv.SDKProcessorSpanQueueCapacity{})
		m.exported, m.inflight = b.newCounter(otelconv.SDKExporterSpanExportedObservable{}), b.newUpDownCounter(otelconv.SDKExporterSpanInflightObservable{})
	case "logs":
		m.processorAttributes = attribute.NewSet(Component("batching_log_processor", s.Counter.Number)...)
		m.processed = b.newCounter(otelconv.SDKProcessorLogProcessedObservable{})
		m.queueSize, m.queueCapacity = b.newUpDownCounter(otelconv.SDKProcessorLogQueueSize{}), b.newUpDownCounter(otelconv.SDKProcessorLogQueueCapacity{})
		m.exported, m.inflight = b.newCounter(otelconv.SDKExporterLogExportedObservable{}), b.newUpDownCounter(otelconv.SDKExporterLogInflightObservable{})
	case "metrics":
		m.Counters, m.lossesByError = s.Points, s.Points.losses
		m.exported = b.newCounter(otelconv.SDKExporterMetricDataPointExportedObservable{})
		m.inflight = b.newUpDownCounter(otelconv.SDKExporterMetricDataPointInflightObservable{})
	}
	return m
}

// ExperimentalMetrics reports whether an environment variable enables the SDK's own
// experimental metrics.
func ExperimentalMetrics() bool {
	for _, name := range []string{"OTEL_GO_X_OBSERVABILITY", "OTEL_GO_X_SELF_OBSERVABILITY"} {
		if strings.EqualFold(os.Getenv(name), "true") {
			return true
		}
	}
	return false
}

// Component returns the attributes that identify a component of the SDK: componentType,
// and a name that consists of the type and the number.
func Component(componentType string, number int) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.OTelComponentName(fmt.Sprintf("%s/%d", componentType, number)), semconv.OTelComponentTypeKey.String(componentType)}
}

// observeDrops reports the number of items that were dropped before the queue.
func (m *signalMetrics) observeDrops(observer metric.Observer) {
	if m.processed == nil {
		return
	}
	_, drops := m.lossesByError()
	observeByError(observer, m.processed, m.processorAttributes, drops)
}

// observeExceptDrops reports all numbers except those of observeDrops: items processed,
// queued, exported and in flight. It reads the outcomes before the number of submitted
// items, so that the number in flight is never negative.
func (m *signalMetrics) observeExceptDrops(observer metric.Observer) {
	failures, _ := m.lossesByError()
	exported := m.Counters.exported.Load()
	inflight := -int64(exported)
	for _, n := range failures {
		inflight -= int64(n)
	}
	submitted := m.submitted.Load()
	inflight += int64(submitted)
	if m.processed != nil {
		processor := metric.WithAttributeSet(m.processorAttributes)
		observer.ObserveInt64(m.processed, int64(submitted), processor)
		observer.ObserveInt64(m.queueSize, m.queue.Length(), processor)
		observer.ObserveInt64(m.queueCapacity, m.queue.Capacity(), processor)
	}
	exporter := metric.WithAttributeSet(m.exporterAttributes)
	observer.ObserveInt64(m.exported, int64(exported), exporter)
	observer.ObserveInt64(m.inflight, inflight, exporter)
	observeByError(observer, m.exported, m.exporterAttributes, failures)
}

// observeByError reports counts, each with its error.type as an attribute.
func observeByError(observer metric.Observer, counter metric.Int64Observable, attributes attribute.Set, counts map[string]uint64) {
	for errorType, n := range counts {
		set := attribute.NewSet(append(attributes.ToSlice(), semconv.ErrorTypeKey.String(errorType))...)
		observer.ObserveInt64(counter, int64(n), metric.WithAttributeSet(set))
	}
}
