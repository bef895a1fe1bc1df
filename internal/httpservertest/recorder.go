// Package httpservertest provides an engine that records spans and metrics in
// memory, for tests of the engine and the adapters.
package httpservertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
)

// waitTimeout limits how long a test waits for exchanges to end.
const waitTimeout = 10 * time.Second

// Recorder records the telemetry of one engine.
type Recorder struct {
	*httpserver.Engine
	t      testing.TB
	spans  *tracetest.SpanRecorder
	reader *metric.ManualReader
}

// New returns a recorder whose engine has the given settings. Its providers are shut down
// at the end of the test. The sampler is parent-based. Unlike [NewDefault], New enables
// Opt-In telemetry, except captured headers.
func New(t testing.TB, config httpserver.Config) *Recorder {
	t.Helper()
	return NewSampled(t, config, sdktrace.ParentBased(sdktrace.AlwaysSample()))
}

// NewDefault is like New, but enables no telemetry that config does not enable.
func NewDefault(t testing.TB, config httpserver.Config) *Recorder {
	t.Helper()
	return newRecorder(t, config, sdktrace.ParentBased(sdktrace.AlwaysSample()))
}

// NewSampled is like New, with another sampler.
func NewSampled(t testing.TB, config httpserver.Config, sampler sdktrace.Sampler) *Recorder {
	t.Helper()
	config.BodySizes, config.ActiveRequests = true, true
	return newRecorder(t, config, sampler)
}

func newRecorder(t testing.TB, config httpserver.Config, sampler sdktrace.Sampler) *Recorder {
	t.Helper()
	r := &Recorder{t: t, spans: tracetest.NewSpanRecorder(), reader: metric.NewManualReader()}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r.spans), sdktrace.WithSampler(sampler))
	meters := metric.NewMeterProvider(metric.WithReader(r.reader))
	config.TracerProvider, config.MeterProvider = tracers, meters
	engine, err := httpserver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	r.Engine = engine
	t.Cleanup(func() {
		if err := tracers.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := meters.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// Tracer returns a tracer for the spans of the application under test.
func (r *Recorder) Tracer() trace.Tracer { return r.TracerProvider().Tracer("test") }

// Ended waits until every exchange has ended and returns the ended spans in the order of
// their ends.
func (r *Recorder) Ended() []sdktrace.ReadOnlySpan {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitTimeout)
	defer cancel()
	if err := r.Wait(ctx); err != nil {
		r.t.Fatal(err)
	}
	return r.spans.Ended()
}

// Only returns the only ended span. The test fails if there is not exactly one.
func (r *Recorder) Only() sdktrace.ReadOnlySpan {
	r.t.Helper()
	ended := r.Ended()
	if len(ended) != 1 {
		r.t.Fatalf("got %d spans %q, want 1", len(ended), Names(ended))
	}
	return ended[0]
}

// Named returns the only ended span with the given name. The test fails if there is not
// exactly one.
func (r *Recorder) Named(name string) sdktrace.ReadOnlySpan {
	r.t.Helper()
	var found []sdktrace.ReadOnlySpan
	ended := r.Ended()
	for _, span := range ended {
		if span.Name() == name {
			found = append(found, span)
		}
	}
	if len(found) != 1 {
		r.t.Fatalf("got %d spans named %q among %q, want 1", len(found), name, Names(ended))
	}
	return found[0]
}

// Names returns the names of spans, for messages.
func Names(spans []sdktrace.ReadOnlySpan) []string {
	names := make([]string, len(spans))
	for i, span := range spans {
		names[i] = span.Name()
	}
	return names
}

// Attribute returns the value of a span's attribute, or nil if the span does not have it.
func Attribute(span sdktrace.ReadOnlySpan, key attribute.Key) any {
	for _, kv := range span.Attributes() {
		if kv.Key == key {
			return kv.Value.AsInterface()
		}
	}
	return nil
}

// Point is the last value of one series of a metric.
type Point struct {
	// Attributes are the attributes of the series, by key.
	Attributes map[attribute.Key]any
	// Count is the number of measurements of a histogram.
	Count uint64
	// Sum is the sum of a histogram, or the value of a counter.
	Sum float64
	// Bounds are the bucket boundaries of a histogram.
	Bounds []float64
	// Exemplars are the trace ids of the exemplars, in hexadecimal.
	Exemplars []string
}

// Instrument describes a metric.
type Instrument struct{ Name, Kind, Unit string }

// Instruments waits until every exchange has ended and returns the metrics that have at
// least one series.
func (r *Recorder) Instruments() []Instrument {
	r.t.Helper()
	r.Ended()
	var metrics metricdata.ResourceMetrics
	if err := r.reader.Collect(context.Background(), &metrics); err != nil {
		r.t.Fatal(err)
	}
	var instruments []Instrument
	for _, scope := range metrics.ScopeMetrics {
		for _, m := range scope.Metrics {
			kind := fmt.Sprintf("%T", m.Data)
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64], metricdata.Histogram[int64]:
				kind = "histogram"
			case metricdata.Sum[int64]:
				kind = "updowncounter"
				if data.IsMonotonic {
					kind = "counter"
				}
			}
			instruments = append(instruments, Instrument{Name: m.Name, Kind: kind, Unit: m.Unit})
		}
	}
	return instruments
}

// Points waits until every exchange has ended and returns the series of the metric.
func (r *Recorder) Points(name string) []Point {
	r.t.Helper()
	r.Ended()
	return r.Collect(name)
}

// Collect is like Points but does not wait.
func (r *Recorder) Collect(name string) []Point {
	r.t.Helper()
	var metrics metricdata.ResourceMetrics
	if err := r.reader.Collect(context.Background(), &metrics); err != nil {
		r.t.Fatal(err)
	}
	var points []Point
	for _, scope := range metrics.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				points = append(points, histogramPoints(data)...)
			case metricdata.Histogram[int64]:
				points = append(points, histogramPoints(data)...)
			case metricdata.Sum[int64]:
				for _, point := range data.DataPoints {
					points = append(points, Point{Attributes: attributeMap(point.Attributes), Sum: float64(point.Value)})
				}
			default:
				r.t.Fatalf("metric %s has data of type %T, want a histogram or a sum", name, data)
			}
		}
	}
	return points
}

func histogramPoints[N int64 | float64](data metricdata.Histogram[N]) []Point {
	points := make([]Point, 0, len(data.DataPoints))
	for _, p := range data.DataPoints {
		point := Point{Attributes: attributeMap(p.Attributes), Count: p.Count, Sum: float64(p.Sum), Bounds: p.Bounds}
		for _, exemplar := range p.Exemplars {
			point.Exemplars = append(point.Exemplars, trace.TraceID(exemplar.TraceID).String())
		}
		points = append(points, point)
	}
	return points
}

func attributeMap(set attribute.Set) map[attribute.Key]any {
	values := make(map[attribute.Key]any, set.Len())
	for _, kv := range set.ToSlice() {
		values[kv.Key] = kv.Value.AsInterface()
	}
	return values
}
