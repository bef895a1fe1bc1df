package account

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/otelconv"

	"github.com/samespan/samespan/core/internal/exporterror"
)

// instrumentBuilder creates instruments. It collects the observable instruments and the
// errors of creating instruments.
type instrumentBuilder struct {
	meter metric.Meter
	// observables are the observable instruments created so far.
	observables []metric.Observable
	// errs has an error, or nil, for each instrument created so far.
	errs []error
}

// semconvInstrument is an instrument of the semantic conventions.
type semconvInstrument interface {
	Name() string
	Unit() string
	Description() string
}

// newCounter creates an observable counter from c. It does not use the constructor of
// package otelconv, which creates a synchronous counter.
func (b *instrumentBuilder) newCounter(c semconvInstrument) metric.Int64ObservableCounter {
	instrument, err := b.meter.Int64ObservableCounter(c.Name(), metric.WithUnit(c.Unit()), metric.WithDescription(c.Description()))
	b.observables, b.errs = append(b.observables, instrument), append(b.errs, err)
	return instrument
}

// newUpDownCounter creates an observable up-down counter from c.
func (b *instrumentBuilder) newUpDownCounter(c semconvInstrument) metric.Int64ObservableUpDownCounter {
	instrument, err := b.meter.Int64ObservableUpDownCounter(c.Name(), metric.WithUnit(c.Unit()), metric.WithDescription(c.Description()))
	b.observables, b.errs = append(b.observables, instrument), append(b.errs, err)
	return instrument
}

// durationRecorder records the duration of exports.
type durationRecorder struct {
	histogram          metric.Float64Histogram
	exporterAttributes []attribute.KeyValue
}

// installDurationRecorders creates a histogram, and makes every exporter record in it the
// duration of its exports, including retries.
func (b *instrumentBuilder) installDurationRecorders(signals []Signal) {
	c := otelconv.SDKExporterOperationDuration{}
	histogram, err := b.meter.Float64Histogram(c.Name(), metric.WithUnit(c.Unit()), metric.WithDescription(c.Description()),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30))
	b.errs = append(b.errs, err)
	for _, s := range signals {
		if s.Counter.Component != nil {
			s.Counter.durationRecorder.Store(&durationRecorder{histogram: histogram, exporterAttributes: s.Counter.Component})
		}
	}
}

// recordDuration records the duration of an export that began at the time began. err is
// the error of the export, or nil.
func (c *Counter) recordDuration(began time.Time, err error) {
	recorder := c.durationRecorder.Load()
	if recorder == nil {
		return
	}
	attributes := recorder.exporterAttributes[:len(recorder.exporterAttributes):len(recorder.exporterAttributes)]
	if partial, ok := exporterror.RejectionOf(err); ok {
		if partial.Items > 0 {
			attributes = append(attributes, semconv.ErrorTypeKey.String(exporterror.Rejected))
		}
	} else if err != nil {
		kind, _ := c.Destination.Diagnose(err)
		attributes = append(attributes, semconv.ErrorTypeKey.String(kind.ErrorType))
	}
	recorder.histogram.Record(context.Background(), time.Since(began).Seconds(), metric.WithAttributes(attributes...))
}
