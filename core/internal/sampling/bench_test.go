package sampling

import (
	"context"
	"runtime"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/contextvalue"
)

// discardProcessor is a span processor that exports nothing. Like the processor of core,
// it adds the attributes that the sampler has not added.
type discardProcessor struct{}

func (discardProcessor) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	AddStartAttributes(ctx, span)
}
func (discardProcessor) OnEnd(sdktrace.ReadOnlySpan)      {}
func (discardProcessor) Shutdown(context.Context) error   { return nil }
func (discardProcessor) ForceFlush(context.Context) error { return nil }

// BenchmarkServerSpan compares three ways in which a server span gets its attributes: the
// SDK's sampler adds them ("sampler"), the span is started with them ("plain"), or they
// are copied for a sampler that is not the SDK's ("foreign").
func BenchmarkServerSpan(b *testing.B) {
	for name, wrapProvider := range map[string]func(trace.TracerProvider) trace.TracerProvider{
		"sampler": contextvalue.SampledByCore,
		"foreign": contextvalue.SampledByCore,
		"plain":   func(provider trace.TracerProvider) trace.TracerProvider { return provider },
	} {
		b.Run(name, func(b *testing.B) {
			sampler := sdktrace.ParentBased(sdktrace.AlwaysSample())
			if name == "foreign" {
				sampler = struct{ sdktrace.Sampler }{sampler}
			}
			provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(New(sampler, nil)), sdktrace.WithSpanProcessor(discardProcessor{}))
			engine, err := httpserver.New(httpserver.Config{TracerProvider: wrapProvider(provider), MeterProvider: noopmetric.NewMeterProvider()})
			if err != nil {
				b.Fatal(err)
			}
			instrumentation := httpserver.MustInstrument(engine, httpserver.Framework{Scope: "bench", ParamEnds: "/"})
			request := httpserver.Request{
				Method: "GET", Host: "shop.example:8080", Path: "/process/12345", Route: "/process/:item_id", Protocol: "1.1",
				PeerAddress: "192.0.2.7", PeerPort: 51234, UserAgent: "Go-http-client/1.1", Header: propagation.HeaderCarrier{},
			}
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				started := request
				_, exchange := instrumentation.Start(ctx, &started)
				exchange.End(httpserver.Outcome{Status: 200})
			}
		})
	}
}

// startAttributeCount is the number of attributes that a typical server span starts with.
const startAttributeCount = 11

// BenchmarkAttributesInTwoHalves measures a span whose start attributes are added in two
// halves ("halves"), and a span whose start attributes are added at once ("plain"). The
// SDK allocates exactly the size of the first attributes, and doubles it when more are
// added.
func BenchmarkAttributesInTwoHalves(b *testing.B) {
	for name, first := range map[string]int{"halves": (startAttributeCount + 1) / 2, "plain": startAttributeCount} {
		b.Run(name, func(b *testing.B) {
			recordSpan := spanRecordingFunc(first)
			b.ReportAllocs()
			for b.Loop() {
				recordSpan(b.Context())
			}
		})
	}
}

// spanRecordingFunc returns a function that records a span with startAttributeCount
// attributes and a status code. The sampler adds the first firstCount attributes, and the
// function sets the remaining ones.
func spanRecordingFunc(firstCount int) func(context.Context) {
	all := make([]attribute.KeyValue, startAttributeCount)
	for i := range all {
		all[i] = attribute.String(string(rune('a'+i)), "value")
	}
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSampler(addingSampler(all[:firstCount]))).Tracer("bench")
	return func(ctx context.Context) {
		_, span := tracer.Start(ctx, "span")
		span.SetAttributes(all[firstCount:]...)
		span.SetAttributes(attribute.Int("http.response.status_code", 200))
		span.End()
	}
}

// addingSampler is a sampler that adds attributes.
type addingSampler []attribute.KeyValue

func (a addingSampler) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample, Attributes: a}
}

func (addingSampler) Description() string { return "adding" }

// TestAttributesInTwoHalvesNeedLessMemory proves that a span needs less memory if it gets
// its start attributes in two halves. This depends on how the SDK allocates attributes.
// If the test fails, add all attributes at once, which is simpler.
func TestAttributesInTwoHalvesNeedLessMemory(t *testing.T) {
	bytesPerSpan := func(first int) uint64 {
		recordSpan := spanRecordingFunc(first)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			recordSpan(t.Context())
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / 100
	}
	if halves, atOnce := bytesPerSpan((startAttributeCount+1)/2), bytesPerSpan(startAttributeCount); halves >= atOnce {
		t.Errorf("got %d bytes for a span in two halves, want fewer than the %d at once", halves, atOnce)
	}
}
