package bench

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"
)

var peerAddress = netip.MustParseAddrPort(peerAddr)

// floor records the telemetry of a request with the SDK alone: the same span
// with the same attributes, made for each request, and the same data point with
// a prepared attribute set, for the telemetry that is on by default. It reads
// no header, not even for the caller's span context, which needs only a context
// for each request, and determines no outcome.
func floor(s setup) service {
	m := s.mode
	if m.excluded {
		return func() client { return func(int) {} }
	}
	tracer := s.tracers.Tracer("bench", trace.WithSchemaURL(semconv.SchemaURL))
	meter := s.meters.Meter("bench")
	duration, err := httpconv.NewServerRequestDuration(meter)
	must(err)

	operations := floorOperations(&s)

	sampled := trace.FlagsSampled
	if m.unsampled {
		sampled = 0
	}
	remote := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c},
		SpanID:  trace.SpanID{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}, TraceFlags: sampled,
	})
	background := context.Background()
	once := func(o *floorOperation) {
		caller := trace.ContextWithRemoteSpanContext(background, remote)
		start := time.Now()
		ctx, span := tracer.Start(caller, o.name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			semconv.HTTPRequestMethodGet, semconv.URLPath(o.path), semconv.URLScheme("http"), semconv.HTTPRoute(o.route),
			semconv.ServerAddress("shop.example"), semconv.ServerPort(8080), semconv.NetworkProtocolVersion("1.1"),
			semconv.NetworkPeerAddress("192.0.2.7"), semconv.NetworkPeerPort(51234),
			semconv.ClientAddress("192.0.2.7"), semconv.UserAgentOriginal(userAgent)))
		s.handle(ctx, false)
		if span.IsRecording() {
			span.SetAttributes(semconv.HTTPResponseStatusCode(http.StatusOK))
		}
		span.End()
		duration.Inst().Record(ctx, time.Since(start).Seconds(), o.series...)
	}
	return func() client {
		return func(n int) {
			for i := range n {
				once(&operations[i%len(operations)])
			}
		}
	}
}

// floorOperation is what is prepared for one route.
type floorOperation struct {
	path, route, name string
	series            []metric.RecordOption
}

func floorOperations(s *setup) []floorOperation {
	var operations []floorOperation
	for _, path := range s.paths() {
		route := strings.TrimSuffix(path, "12345") + ":item_id"
		operations = append(operations, floorOperation{path: path, route: route, name: "GET " + route, series: []metric.RecordOption{
			metric.WithAttributeSet(attribute.NewSet(semconv.HTTPRequestMethodGet, semconv.URLScheme("http"),
				semconv.HTTPRoute(route), semconv.HTTPResponseStatusCode(http.StatusOK), semconv.NetworkProtocolVersion("1.1"))),
		}})
	}
	return operations
}

func must(err error) {
	if err != nil {
		panic(err) // the instruments are the conventions' own
	}
}
