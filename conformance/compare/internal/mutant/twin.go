package mutant

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// twin is a subject that differs from this project's in something that the
// sources of the checks allow.
type twin struct {
	Mutant
	// passes are the checks that it passes all the same, ids or patterns.
	passes []string
}

var twins = []twin{
	{Mutant{Name: "has-spans-in-between", Traces: inBetween}, []string{"parent/*"}},
	{
		Mutant{Name: "names-no-path", Traces: serverSpans(func(s *tracepb.Span) { s.Attributes = without(s.GetAttributes(), "url.path") })},
		[]string{"parent/after-response"},
	},
	{
		Mutant{Name: "names-errors-on-metrics-alone", Traces: serverSpans(func(s *tracepb.Span) { s.Attributes = without(s.GetAttributes(), "error.type") })},
		[]string{"metric/error", "error/hook"},
	},
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
		Mutant{Name: "logs-requests-of-its-own", Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintln(os.Stderr, r.Method, r.URL.Path)
				next.ServeHTTP(w, r)
			})
		}},
		[]string{"flush/overflow"},
	},
	{
		Mutant{Name: "observes-no-unmatched-paths", Traces: dropServerSpans(func(s *tracepb.Span) bool { return attribute(s.GetAttributes(), "http.route") == "" })},
		[]string{"exclude/near-miss"},
	},
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

// layer is a span whose id follows from another's, of the time of s.
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

// dropServerSpans makes a [Mutant.Traces] that loses some of the server spans.
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
