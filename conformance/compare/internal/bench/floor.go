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

// clientAddrPort is the parsed clientAddress.
var clientAddrPort = netip.MustParseAddrPort(clientAddress)

// buildFloor is the serviceBuilder of the variant Floor, the least that any instrumentation
// can cost. It sets up no service: instead of sending a request, a client records the
// telemetry of the request with the SDK alone. For an excluded request, it does nothing.
func buildFloor(s setup) clientFactory {
	if s.mode.excluded {
		return func() client { return func(int) {} }
	}
	records := newRecorders(&s)
	handle := s.routeWork()[0]
	background := context.Background()
	return func() client {
		return func(n int) {
			for i := range n {
				records[i%len(records)](background, handle)
			}
		}
	}
}

// recorder calls handle and records the telemetry of a request to one route.
type recorder func(ctx context.Context, handle func(context.Context))

// newRecorders returns the recorders of all routes. They record the span and the data point
// that our adapters record by default. The span's attributes are made for each request.
// The attribute set of the data point and the caller's span context are prepared once, so
// the recorders do not read the headers or the response.
func newRecorders(s *setup) []recorder {
	tracer := s.tracers.Tracer("bench", trace.WithSchemaURL(semconv.SchemaURL))
	meter := s.meters.Meter("bench")
	duration, err := httpconv.NewServerRequestDuration(meter)
	panicIfError(err)

	sampled := trace.FlagsSampled
	if s.mode.unsampled {
		sampled = 0
	}
	remote := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c},
		SpanID:  trace.SpanID{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}, TraceFlags: sampled,
	})
	var all []recorder
	for _, o := range prepareRoutes(s) {
		all = append(all, func(ctx context.Context, handle func(context.Context)) {
			caller := trace.ContextWithRemoteSpanContext(ctx, remote)
			start := time.Now()
			ctx, span := tracer.Start(caller, o.spanName, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
				semconv.HTTPRequestMethodGet, semconv.URLPath(o.path), semconv.URLScheme("http"), semconv.HTTPRoute(o.route),
				semconv.ServerAddress("shop.example"), semconv.ServerPort(8080), semconv.NetworkProtocolVersion("1.1"),
				semconv.NetworkPeerAddress("192.0.2.7"), semconv.NetworkPeerPort(51234),
				semconv.ClientAddress("192.0.2.7"), semconv.UserAgentOriginal(userAgent)))
			handle(ctx)
			if span.IsRecording() {
				span.SetAttributes(semconv.HTTPResponseStatusCode(http.StatusOK))
			}
			span.End()
			duration.Inst().Record(ctx, time.Since(start).Seconds(), o.recordOptions...)
		})
	}
	return all
}

// preparedRoute has the names and attributes of one route, computed before the requests.
type preparedRoute struct {
	path, route, spanName string
	// recordOptions have the attribute set of the data point.
	recordOptions []metric.RecordOption
}

// prepareRoutes returns a preparedRoute for each path of the setup.
func prepareRoutes(s *setup) []preparedRoute {
	var routes []preparedRoute
	for _, path := range s.paths() {
		route := strings.TrimSuffix(path, "12345") + ":item_id"
		routes = append(routes, preparedRoute{path: path, route: route, spanName: "GET " + route, recordOptions: []metric.RecordOption{
			metric.WithAttributeSet(attribute.NewSet(semconv.HTTPRequestMethodGet, semconv.URLScheme("http"),
				semconv.HTTPRoute(route), semconv.HTTPResponseStatusCode(http.StatusOK), semconv.NetworkProtocolVersion("1.1"))),
		}})
	}
	return routes
}

// panicIfError panics if err is not nil. It is for functions that fail only if their
// arguments, which are constants, are invalid.
func panicIfError(err error) {
	if err != nil {
		panic(err)
	}
}
