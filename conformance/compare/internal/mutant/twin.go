package mutant

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/core"
)

// twin is a subject that differs from this project's in a way that the sources
// of the checks allow.
type twin struct {
	Mutant
	// mustPass are the checks that it must pass, ids or patterns.
	mustPass []string
}

var twins = []twin{
	{Mutant{Name: "has-spans-in-between", Traces: inBetween}, []string{"parent/*"}},
	{
		Mutant{Name: "names-no-path", Traces: serverSpans(func(s *tracepb.Span) { s.Attributes = withoutAttribute(s.GetAttributes(), "url.path") })},
		[]string{"parent/after-response"},
	},
	{
		Mutant{Name: "names-errors-on-metrics-alone", Traces: serverSpans(func(s *tracepb.Span) { s.Attributes = withoutAttribute(s.GetAttributes(), "error.type") })},
		[]string{"metric/error", "error/hook"},
	},
	{Mutant{Name: "tells-panics-by-their-status", Traces: panicsBelow}, []string{"error/panic", "error/panic-inside", "error/abort"}},
	{Mutant{Name: "names-no-schema", Traces: func(r *collectortrace.ExportTraceServiceRequest) {
		for _, resource := range r.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				scope.SchemaUrl = ""
			}
		}
	}}, []string{"span/scope"}},
	{
		Mutant{Name: "joins-headers-within-an-array", Traces: serverSpans(func(s *tracepb.Span) {
			for _, a := range s.GetAttributes() {
				values := a.GetValue().GetArrayValue().GetValues()
				if !strings.HasPrefix(a.GetKey(), "http.request.header.") || len(values) < 2 {
					continue
				}
				texts := make([]string, len(values))
				for i, value := range values {
					texts[i] = value.GetStringValue()
				}
				a.Value = listOf(strings.Join(texts, ", "))
			}
		})},
		[]string{"span/headers"},
	},
	{
		// Without instrumentation too.
		Mutant{Name: "logs-requests-of-its-own", Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			s, ok := server.(*http.Server)
			if !ok {
				return fmt.Errorf("the server is a %T, want an *http.Server, whose handler can be replaced", server)
			}
			next := s.Handler
			s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintln(os.Stderr, r.Method, r.URL.Path)
				next.ServeHTTP(w, r)
			})
			return tel.Serve(ctx, s)
		}},
		[]string{"flush/overflow", "flush/refused", "error/hook", "transparent/*"},
	},
	{
		Mutant{Name: "says-more-on-its-spans", Traces: serverSpans(addEvents)},
		[]string{"span/*", "error/*", "exclude/*", "trust/*"},
	},
	{
		Mutant{Name: "measures-more-and-no-version", Metrics: measureMore},
		[]string{"metric/*", "exclude/metrics"},
	},
	{
		// 143 is 128 and the number of SIGTERM: the status of a JVM, and what a shell
		// makes of an end by the signal.
		Mutant{Name: "ends-with-143", Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			err := tel.Serve(ctx, server)
			if err == nil {
				os.Exit(143)
			}
			return err
		}},
		[]string{"flush/*"},
	},
	{
		Mutant{Name: "observes-no-unmatched-paths", Traces: dropServerSpans(func(s *tracepb.Span) bool { return attribute(s.GetAttributes(), "http.route") == "" })},
		[]string{"exclude/near-miss"},
	},
}

// withoutTwin are the checks without a twin: why nothing else than what this project does
// is a right answer to them.
var withoutTwin = map[string]string{
	"exclude/bad-rule": "the rule's syntax, and that it ends the service, are this project's own; any error that names it passes",
}

// addEvents adds to a server span what the conventions leave to the instrumentation or
// call Opt-In: further attributes, an event that is no exception, and a link.
func addEvents(s *tracepb.Span) {
	s.Attributes = withAttribute(withAttribute(s.GetAttributes(), "network.transport", "tcp"), "example.handler", "handle")
	s.Attributes = withNumber(s.GetAttributes(), "client.port", 4711)
	s.Events = append(s.GetEvents(), &tracepb.Span_Event{Name: "routed", TimeUnixNano: s.GetStartTimeUnixNano()})
	s.Links = append(s.GetLinks(), &tracepb.Span_Link{TraceId: bytes.Repeat([]byte{1}, 16), SpanId: bytes.Repeat([]byte{2}, 8)})
}

// measureMore adds a metric of the application's own, and leaves out the attribute
// of the duration that the conventions recommend.
func measureMore(r *collectormetrics.ExportMetricsServiceRequest) {
	histograms(duration, func(point *metricspb.HistogramDataPoint) {
		point.Attributes = withoutAttribute(point.GetAttributes(), "network.protocol.version")
	})(r)
	for _, resource := range r.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			scope.Metrics = append(scope.Metrics, &metricspb.Metric{Name: "example.orders", Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{
				DataPoints: []*metricspb.NumberDataPoint{{TimeUnixNano: uint64(time.Now().UnixNano()), Value: &metricspb.NumberDataPoint_AsInt{AsInt: 1}}},
			}}})
		}
	}
}

// panicsBelow puts the exception of a panic on a span below the server span, as
// instrumentations do that have a span for the handler, and makes the status the
// error.type.
func panicsBelow(r *collectortrace.ExportTraceServiceRequest) {
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			var added []*tracepb.Span
			for _, s := range scope.GetSpans() {
				if s.GetKind() != tracepb.Span_SPAN_KIND_SERVER || len(s.GetEvents()) == 0 {
					continue
				}
				if status := statusCode(s); status != 0 {
					s.Attributes = withAttribute(s.GetAttributes(), "error.type", strconv.Itoa(status))
				}
				below := layer(s.GetTraceId(), s.GetSpanId(), s.GetSpanId(), s)
				below.Events, s.Events = s.GetEvents(), nil
				added = append(added, below)
			}
			scope.Spans = append(scope.Spans, added...)
		}
	}
}

// inBetween puts a span of kind INTERNAL above every other that is below a server
// span, as frameworks whose instrumentation has a span for each middleware do, and
// lets links lead to such a span of the request.
func inBetween(r *collectortrace.ExportTraceServiceRequest) {
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			var added []*tracepb.Span
			for _, s := range scope.GetSpans() {
				if s.GetKind() != tracepb.Span_SPAN_KIND_SERVER && len(s.GetParentSpanId()) > 0 {
					above := layer(s.GetTraceId(), s.GetSpanId(), s.GetParentSpanId(), s)
					s.ParentSpanId = above.GetSpanId()
					added = append(added, above)
				}
				for _, link := range s.GetLinks() {
					if s.GetName() != "background_task" {
						continue
					}
					below := layer(link.GetTraceId(), link.GetSpanId(), link.GetSpanId(), s)
					link.SpanId = below.GetSpanId()
					added = append(added, below)
				}
			}
			scope.Spans = append(scope.Spans, added...)
		}
	}
}

// layer returns a span whose id is derived from another's, with the times of s.
func layer(trace, from, parent []byte, s *tracepb.Span) *tracepb.Span {
	id := make([]byte, len(from))
	for i, b := range from {
		id[i] = ^b
	}
	return &tracepb.Span{
		Name: "middleware", Kind: tracepb.Span_SPAN_KIND_INTERNAL,
		TraceId: trace, SpanId: id, ParentSpanId: parent,
		StartTimeUnixNano: s.GetStartTimeUnixNano(), EndTimeUnixNano: s.GetEndTimeUnixNano(),
		Flags: s.GetFlags(),
	}
}

// listOf is an array of strings.
func listOf(texts ...string) *commonpb.AnyValue {
	array := &commonpb.ArrayValue{}
	for _, text := range texts {
		array.Values = append(array.Values, &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: text}})
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: array}}
}

// dropServerSpans returns a [Mutant.Traces] that drops some server spans.
func dropServerSpans(drop func(*tracepb.Span) bool) func(*collectortrace.ExportTraceServiceRequest) {
	return func(r *collectortrace.ExportTraceServiceRequest) {
		for _, resource := range r.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				scope.Spans = slices.DeleteFunc(scope.GetSpans(), func(s *tracepb.Span) bool {
					return s.GetKind() == tracepb.Span_SPAN_KIND_SERVER && drop(s)
				})
			}
		}
	}
}
