package httpserver

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"

	"github.com/samespan/samespan/core/httpserver/internal/route"
)

// BenchmarkSeries compares two ways to get the span name and the metric attribute set of a
// request: from a cache ("kept"), or created for each request ("plain").
func BenchmarkSeries(b *testing.B) {
	methods, err := newMethods(nil)
	if err != nil {
		b.Fatal(err)
	}
	operations := newOperations(RouteNative, route.Syntax{Ends: "/"}, methods)
	get, key := methods.lookup("GET"), seriesKey{version: version11, status: 200}
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			operations.byNativeRoute(get, "/process/:item_id").recordOptionsFor(key)
		}
	})
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			operations.newOperation(get, "/process/:item_id", false).newRecordOptions(key)
		}
	})
}

// BenchmarkScratch compares a reused slice for the attributes of a span ("kept") with a
// slice that is allocated for each request ("plain").
func BenchmarkScratch(b *testing.B) {
	attributes := make([]attribute.KeyValue, 11)
	for i := range attributes {
		attributes[i] = attribute.Int("key", i)
	}
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := getScratch()
			s.attributes = append(s.attributes[:0], attributes...)
			s.release()
		}
	})
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink = append(make([]attribute.KeyValue, 0, 12), attributes...)
		}
	})
}

// sink makes the slice of BenchmarkScratch escape to the heap, as the attributes of a span
// do.
var sink []attribute.KeyValue

// BenchmarkActive compares two ways to report the requests in progress: a count that an
// observable instrument reads ("observed"), and two measurements for each request
// ("plain").
func BenchmarkActive(b *testing.B) {
	methods, err := newMethods(nil)
	if err != nil {
		b.Fatal(err)
	}
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())).Meter("bench")
	b.Run("observed", func(b *testing.B) {
		active, err := newActiveCounter(meter, methods, func() {})
		if err != nil {
			b.Fatal(err)
		}
		count := active.countFor(methods.lookup("GET"), false)
		b.ReportAllocs()
		for b.Loop() {
			active.start(count)
			active.end(count)
		}
	})
	b.Run("plain", func(b *testing.B) {
		active, err := httpconv.NewServerActiveRequests(meter)
		if err != nil {
			b.Fatal(err)
		}
		options := []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(methods.lookup("GET").attribute, schemeHTTP))}
		b.ReportAllocs()
		for b.Loop() {
			active.Inst().Add(context.Background(), 1, options...)
			active.Inst().Add(context.Background(), -1, options...)
		}
	})
}
