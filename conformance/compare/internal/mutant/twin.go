package mutant

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/core"
)

// twin is a subject that differs from this project's in a way that the sources
// of the checks allow.
type twin struct {
	Mutant
	// mustPass are the checks that look at what is different, and that it must pass.
	mustPass []string
	// declare changes the declaration of the subject.
	declare func(*conformance.Subject)
}

// twins are all twins, area by area.
var twins = slices.Concat(parentTwins, spanTwins, errorTwins, excludeTwins, metricTwins, flushTwins, transparentTwins, trustTwins)

// withoutTwin are the checks without a twin: why nothing else than what this project does
// is a right answer to them.
var withoutTwin = map[string]string{
	"span/method-not-allowed": "the name, the missing route and the status on the wire are one value each",
	"span/method-query":       "a known method is recorded as it is",
	"span/known-methods":      "the variable is declared, and for each method there is one right value",
	"span/query":              "the conventions name the word that replaces a value, and the rest of the query is as it was sent",
	"span/query-keys":         "as span/query",
	"error/abort":             "net/http's own value, by its name; what the client sees is compared with the service without instrumentation",
	"error/description":       "what the handler has set is one value",
	"exclude/bad-rule":        "the rule's syntax, and that it ends the service, are this project's own; any error that names it passes",
	"exclude/environment":     "the names of the variables are declared, and their rules are this project's own",
}

// serveWrapped returns a [Mutant.Serve] that serves with a handler around the whole service,
// instrumented or not.
func serveWrapped(wrap func(http.Handler) http.Handler) func(context.Context, *core.Telemetry, core.Server) error {
	return func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
		s, ok := server.(*http.Server)
		if !ok {
			return fmt.Errorf("the server is a %T, want an *http.Server, whose handler can be replaced", server)
		}
		s.Handler = wrap(s.Handler)
		return tel.Serve(ctx, s)
	}
}

// insertParents puts a span of kind INTERNAL above every other that is below a server
// span, as frameworks whose instrumentation has a span for each middleware do, and
// lets links lead to such a span of the request.
func insertParents(r *collectortrace.ExportTraceServiceRequest) {
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			var added []*tracepb.Span
			for _, s := range scope.GetSpans() {
				if s.GetKind() != tracepb.Span_SPAN_KIND_SERVER && len(s.GetParentSpanId()) > 0 {
					above := insertSpan(s.GetTraceId(), s.GetSpanId(), s.GetParentSpanId(), s)
					s.ParentSpanId = above.GetSpanId()
					added = append(added, above)
				}
				for _, link := range s.GetLinks() {
					if s.GetName() != "background_task" {
						continue
					}
					below := insertSpan(link.GetTraceId(), link.GetSpanId(), link.GetSpanId(), s)
					link.SpanId = below.GetSpanId()
					added = append(added, below)
				}
			}
			scope.Spans = append(scope.Spans, added...)
		}
	}
}

// insertSpan returns a span whose id is derived from another's, with the times of s.
func insertSpan(trace, from, parent []byte, s *tracepb.Span) *tracepb.Span {
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

// arrayValue is an array of strings.
func arrayValue(texts ...string) *commonpb.AnyValue {
	array := &commonpb.ArrayValue{}
	for _, text := range texts {
		array.Values = append(array.Values, &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: text}})
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: array}}
}
