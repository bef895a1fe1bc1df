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

// BenchmarkSeries compares names and series that are kept with ones that each
// request makes ("plain").
func BenchmarkSeries(b *testing.B) {
	known, err := newMethods(nil)
	if err != nil {
		b.Fatal(err)
	}
	operations := newOperations(RouteNative, route.Syntax{Ends: "/"}, known)
	get, key := known.lookup("GET"), seriesKey{version: version11, status: 200}
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			operations.byNativeRoute(get, "/process/:item_id").seriesFor(key)
		}
	})
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			operations.newOperation(get, "/process/:item_id", false).newSeries(key)
		}
	})
}

// BenchmarkScratch compares memory for the attributes of a span that is used
// again with memory that each request allocates ("plain").
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

// sink makes a benchmark's memory escape, as that of a span does.
var sink []attribute.KeyValue

// BenchmarkActive compares counting the requests in progress for an observable
// instrument with two measurements for each request ("plain").
func BenchmarkActive(b *testing.B) {
	known, err := newMethods(nil)
	if err != nil {
		b.Fatal(err)
	}
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())).Meter("bench")
	b.Run("observed", func(b *testing.B) {
		active, err := newActive(meter, known, func() {})
		if err != nil {
			b.Fatal(err)
		}
		count := active.countFor(known.lookup("GET"), false)
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
		options := []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(known.lookup("GET").attribute, schemeHTTP))}
		b.ReportAllocs()
		for b.Loop() {
			active.Inst().Add(context.Background(), 1, options...)
			active.Inst().Add(context.Background(), -1, options...)
		}
	})
}
