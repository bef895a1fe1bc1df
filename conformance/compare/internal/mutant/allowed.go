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

// allowedVariant is the opposite of a mutant: a subject that differs from this project's
// subjects in a way that the specifications allow. It must pass the checks.
type allowedVariant struct {
	Mutant
	// mustPass are the checks that examine the difference. The variant must pass all of
	// them.
	mustPass []string
	// changeSubject, if not nil, changes what the subject declares to the suite.
	changeSubject func(*conformance.Subject)
}

// allowedVariants are all allowed variants, area by area.
var allowedVariants = slices.Concat(allowedParentVariants, allowedSpanVariants, allowedErrorVariants, allowedExcludeVariants, allowedMetricVariants, allowedFlushVariants, allowedTransparentVariants, allowedTrustVariants)

// serveWrapped returns a [Mutant.Serve] that puts wrap around the handler of the whole
// service, even if the suite starts the service without instrumentation.
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

// insertParents inserts an INTERNAL span between each child span and its parent, as in
// frameworks whose instrumentation has a span for each middleware. For the link of a
// background task, it adds an INTERNAL child to the linked span, and changes the link to that
// child.
func insertParents(r *collectortrace.ExportTraceServiceRequest) {
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			var added []*tracepb.Span
			for _, s := range scope.GetSpans() {
				if s.GetKind() != tracepb.Span_SPAN_KIND_SERVER && len(s.GetParentSpanId()) > 0 {
					above := newInsertedSpan(s.GetTraceId(), s.GetSpanId(), s.GetParentSpanId(), s)
					s.ParentSpanId = above.GetSpanId()
					added = append(added, above)
				}
				for _, link := range s.GetLinks() {
					if s.GetName() != "background_task" {
						continue
					}
					below := newInsertedSpan(link.GetTraceId(), link.GetSpanId(), link.GetSpanId(), s)
					link.SpanId = below.GetSpanId()
					added = append(added, below)
				}
			}
			scope.Spans = append(scope.Spans, added...)
		}
	}
}

// newInsertedSpan returns a new INTERNAL span with the times of s. Its span id is the bitwise
// inverse of the span id idSource, so that it differs from all other span ids. trace is its
// trace id, and parent the span id of its parent.
func newInsertedSpan(trace, idSource, parent []byte, s *tracepb.Span) *tracepb.Span {
	id := make([]byte, len(idSource))
	for i, b := range idSource {
		id[i] = ^b
	}
	return &tracepb.Span{
		Name: "middleware", Kind: tracepb.Span_SPAN_KIND_INTERNAL,
		TraceId: trace, SpanId: id, ParentSpanId: parent,
		StartTimeUnixNano: s.GetStartTimeUnixNano(), EndTimeUnixNano: s.GetEndTimeUnixNano(),
		Flags: s.GetFlags(),
	}
}

// addPartSpans adds an INTERNAL span below each server span, like an instrumentation that
// records parts of a request as spans of their own. The rules for server spans do not apply to
// the added span. Its attributes and its status therefore differ from the server span's.
func addPartSpans(r *collectortrace.ExportTraceServiceRequest) {
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			var added []*tracepb.Span
			for _, s := range scope.GetSpans() {
				if s.GetKind() != tracepb.Span_SPAN_KIND_SERVER {
					continue
				}
				below := newInsertedSpan(s.GetTraceId(), s.GetSpanId(), s.GetSpanId(), s)
				below.Name = s.GetName()
				for _, key := range []string{"http.request.method", "http.request.method_original", "http.route", "url.query", "error.type"} {
					below.Attributes = withAttribute(below.GetAttributes(), key, "of a part")
				}
				below.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "of a part"}
				added = append(added, below)
			}
			scope.Spans = append(scope.Spans, added...)
		}
	}
}

// arrayValue returns an array of strings.
func arrayValue(texts ...string) *commonpb.AnyValue {
	array := &commonpb.ArrayValue{}
	for _, text := range texts {
		array.Values = append(array.Values, &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: text}})
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: array}}
}
