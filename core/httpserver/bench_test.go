package httpserver_test

import (
	"context"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/samespan/samespan/core/httpserver"
)

// discardProcessor is a span processor that does nothing.
type discardProcessor struct{}

func (discardProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discardProcessor) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (discardProcessor) Shutdown(context.Context) error                  { return nil }
func (discardProcessor) ForceFlush(context.Context) error                { return nil }

func benchTracerProvider() *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(discardProcessor{}))
}

func benchMeterProvider() *sdkmetric.MeterProvider {
	return sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
}

// benchHeader returns the headers of a call between services.
func benchHeader(traceparent string) http.Header {
	return http.Header{
		"User-Agent": {"Go-http-client/1.1"}, "Accept-Encoding": {"gzip"}, "Traceparent": {traceparent},
	}
}

func BenchmarkExchange(b *testing.B) {
	tests := []struct {
		name        string
		tracers     trace.TracerProvider
		meters      metric.MeterProvider
		path        string
		traceparent string
	}{
		{"sampled", benchTracerProvider(), benchMeterProvider(), "/process/12345", traceparent},
		{"unsampled", benchTracerProvider(), benchMeterProvider(), "/process/12345", unsampledTraceparent},
		{"excluded", benchTracerProvider(), benchMeterProvider(), "/healthz", traceparent},
		{"noop", nooptrace.NewTracerProvider(), noopmetric.NewMeterProvider(), "/process/12345", traceparent},
	}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			engine, err := httpserver.New(httpserver.Config{
				TracerProvider: test.tracers, MeterProvider: test.meters, Exclude: []string{"healthz", "metrics", "docs"},
			})
			if err != nil {
				b.Fatal(err)
			}
			instrumentation := httpserver.MustInstrument(engine, testFramework)
			header := benchHeader(test.traceparent)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				_, x := instrumentation.Start(ctx, &httpserver.Request{
					Method: http.MethodGet, Host: "shop.example:8080", Path: test.path, Route: "/process/:item_id",
					Protocol: "1.1", PeerAddress: "192.0.2.7", PeerPort: 51234, UserAgent: "Go-http-client/1.1", Header: propagation.HeaderCarrier(header),
				})
				x.End(httpserver.Outcome{Status: http.StatusOK, ResponseSize: httpserver.Bytes(42)})
			}
		})
	}
}

// BenchmarkFloor measures the SDK without the engine: it records the same span and data
// points, with prepared attribute sets. No engine can cost less.
func BenchmarkFloor(b *testing.B) {
	for name, caller := range map[string]string{"sampled": traceparent, "unsampled": unsampledTraceparent} {
		b.Run(name, func(b *testing.B) {
			tracer := benchTracerProvider().Tracer(testFramework.Scope)
			meter := benchMeterProvider().Meter(testFramework.Scope)
			duration, err := meter.Float64Histogram("http.server.request.duration")
			if err != nil {
				b.Fatal(err)
			}
			requestSize, err := meter.Int64Histogram("http.server.request.body.size")
			if err != nil {
				b.Fatal(err)
			}
			responseSize, err := meter.Int64Histogram("http.server.response.body.size")
			if err != nil {
				b.Fatal(err)
			}
			set := metric.WithAttributeSet(attribute.NewSet(
				semconv.HTTPRequestMethodGet, semconv.URLScheme("http"),
				semconv.HTTPRoute("/process/:item_id"), semconv.HTTPResponseStatusCode(http.StatusOK)))
			options := []metric.RecordOption{set}
			startOptions := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
				semconv.HTTPRequestMethodGet, semconv.URLPath("/process/12345"), semconv.URLScheme("http"),
				semconv.HTTPRoute("/process/:item_id"), semconv.ServerAddress("shop.example"), semconv.ServerPort(8080),
				semconv.NetworkProtocolVersion("1.1"), semconv.NetworkPeerAddress("192.0.2.7"), semconv.NetworkPeerPort(51234),
				semconv.ClientAddress("192.0.2.7"), semconv.UserAgentOriginal("Go-http-client/1.1"))}
			endAttributes := []attribute.KeyValue{
				semconv.HTTPResponseStatusCode(http.StatusOK), semconv.HTTPRequestBodySize(0), semconv.HTTPResponseBodySize(42),
			}
			propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
			carrier := propagation.HeaderCarrier(benchHeader(caller))
			background := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				ctx, span := tracer.Start(propagator.Extract(background, carrier), "GET /process/:item_id", startOptions...)
				span.SetAttributes(endAttributes...)
				span.End()
				duration.Record(ctx, 0.001, options...)
				requestSize.Record(ctx, 0, options...)
				responseSize.Record(ctx, 42, options...)
			}
		})
	}
}
