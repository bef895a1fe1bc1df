package core

import (
	"context"
	"errors"
	"os"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/otelconv"
)

// The metrics of OpenTelemetry's conventions for SDKs, from the counts that
// Stats reads: they cost a request nothing.

// observed is one signal's part of them. An instrument that a signal does not
// have is nil.
type observed struct {
	*tally
	queue *admission
	// losses are those of the items by error.type.
	losses    func() (failures, drops map[string]uint64)
	processor attribute.Set
	exporter  attribute.Set

	processed metric.Int64ObservableCounter
	size      metric.Int64ObservableUpDownCounter
	capacity  metric.Int64ObservableUpDownCounter
	exported  metric.Int64ObservableCounter
	inflight  metric.Int64ObservableUpDownCounter
}

// observeSDK registers the metrics. Where the SDK's experiment reports the same
// of itself it adds only what that cannot see: the items that are dropped
// before they reach the SDK's queue.
func (t *Telemetry) observeSDK(wanted bool) error {
	experiment := experimentalMetrics()
	if !wanted && !experiment {
		return nil
	}
	meter := t.meterProvider.Meter(scopeName, metric.WithInstrumentationVersion(Version), metric.WithSchemaURL(semconv.SchemaURL))
	with := instruments{meter: meter}
	var signals []*observed
	if t.traces.destination != nil {
		o := newObserved(t.traces, &t.traces.tally, "batching_span_processor")
		o.processed = with.counter(otelconv.SDKProcessorSpanProcessedObservable{})
		o.size, o.capacity = with.level(otelconv.SDKProcessorSpanQueueSize{}), with.level(otelconv.SDKProcessorSpanQueueCapacity{})
		o.exported, o.inflight = with.counter(otelconv.SDKExporterSpanExportedObservable{}), with.level(otelconv.SDKExporterSpanInflightObservable{})
		signals = append(signals, o)
	}
	if t.logs.destination != nil {
		o := newObserved(t.logs, &t.logs.tally, "batching_log_processor")
		o.processed = with.counter(otelconv.SDKProcessorLogProcessedObservable{})
		o.size, o.capacity = with.level(otelconv.SDKProcessorLogQueueSize{}), with.level(otelconv.SDKProcessorLogQueueCapacity{})
		o.exported, o.inflight = with.counter(otelconv.SDKExporterLogExportedObservable{}), with.level(otelconv.SDKExporterLogInflightObservable{})
		signals = append(signals, o)
	}
	if t.metrics.destination != nil {
		o := newObserved(t.metrics, t.points, "")
		o.exported = with.counter(otelconv.SDKExporterMetricDataPointExportedObservable{})
		o.inflight = with.level(otelconv.SDKExporterMetricDataPointInflightObservable{})
		signals = append(signals, o)
	}
	if !experiment {
		with.durations(t)
	}
	_, err := meter.RegisterCallback(func(_ context.Context, observer metric.Observer) error {
		for _, o := range signals {
			o.observeDrops(observer)
			if !experiment {
				o.observe(observer)
			}
		}
		return nil
	}, with.all...)
	return errors.Join(append(with.problems, err)...)
}

// experimentalMetrics tells whether the SDK was told to report of itself, as
// it reads its variables.
func experimentalMetrics() bool {
	for _, name := range []string{"OTEL_GO_X_OBSERVABILITY", "OTEL_GO_X_SELF_OBSERVABILITY"} {
		if strings.EqualFold(os.Getenv(name), "true") {
			return true
		}
	}
	return false
}

// newObserved returns the part of a signal whose items are counted by t.
func newObserved(p *pipeline, t *tally, processor string) *observed {
	losses := t.losses
	if t == &p.tally {
		losses = p.losses // with what found the queue full
	}
	return &observed{
		tally: t, queue: p.queue, losses: losses,
		processor: attribute.NewSet(component(processor)...),
		exporter:  attribute.NewSet(p.component...),
	}
}

// component names a part of the SDK; there is one of each type.
func component(of string) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.OTelComponentName(of + "/0"), semconv.OTelComponentTypeKey.String(of)}
}

// observeDrops reports the items that never reach the SDK.
func (o *observed) observeDrops(observer metric.Observer) {
	if o.processed == nil {
		return
	}
	_, drops := o.losses()
	observeByError(observer, o.processed, o.processor, drops)
}

// observe reports everything else. What has become of items is read before how
// many there were, so that none is in flight less than not at all.
func (o *observed) observe(observer metric.Observer) {
	failures, _ := o.losses()
	exported := o.tally.exported.Load()
	inflight := -int64(exported)
	for _, n := range failures {
		inflight -= int64(n)
	}
	submitted := o.submitted.Load()
	inflight += int64(submitted)
	if o.processed != nil {
		processor := metric.WithAttributeSet(o.processor)
		observer.ObserveInt64(o.processed, int64(submitted), processor)
		observer.ObserveInt64(o.size, o.queue.waiting.Load(), processor)
		observer.ObserveInt64(o.capacity, o.queue.limit, processor)
	}
	exporter := metric.WithAttributeSet(o.exporter)
	observer.ObserveInt64(o.exported, int64(exported), exporter)
	observer.ObserveInt64(o.inflight, inflight, exporter)
	observeByError(observer, o.exported, o.exporter, failures)
}

// observeByError observes counts by error.type.
func observeByError(observer metric.Observer, counter metric.Int64Observable, base attribute.Set, counts map[string]uint64) {
	for errorType, n := range counts {
		set := attribute.NewSet(append(base.ToSlice(), semconv.ErrorTypeKey.String(errorType))...)
		observer.ObserveInt64(counter, int64(n), metric.WithAttributeSet(set))
	}
}
