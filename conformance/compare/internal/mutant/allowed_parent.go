package mutant

import (
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// allowedParentVariants are the allowed variants for the checks parent/*.
var allowedParentVariants = []allowedVariant{
	{Mutant: Mutant{Name: "has-spans-in-between", Traces: insertParents}, mustPass: []string{
		"parent/child", "parent/framework-context", "parent/middleware", "parent/goroutine", "parent/after-response", "parent/concurrent",
		"parent/downstream", "parent/background", "flush/end", "flush/recovery",
	}},
	{Mutant: Mutant{Name: "names-no-path", Traces: changeServerSpans(func(s *tracepb.Span) { s.Attributes = withoutAttribute(s.GetAttributes(), "url.path") })}, mustPass: []string{
		"parent/after-response",
	}},
	{
		// The handler starts its span in another context than the request's. That is a failure of
		// parent/child, and not of the server span.
		Mutant: Mutant{Name: "starts-children-in-traces-of-their-own", Traces: changeSpansNamed("process_item_logic", func(s *tracepb.Span) {
			s.TraceId, s.ParentSpanId = append(slices.Clone(s.GetSpanId()), s.GetSpanId()...), nil
		})},
		mustPass: []string{"parent/root", "parent/invalid", "trust/public"},
	},
	{
		// An empty path is a failure of span/attributes, and not a path that other requests changed.
		Mutant:   Mutant{Name: "names-an-empty-path", Traces: changeServerSpans(func(s *tracepb.Span) { s.Attributes = withAttribute(s.GetAttributes(), "url.path", "") })},
		mustPass: []string{"parent/after-response"},
	},
	{
		// Exporters that were written before OTLP's spans had flags send no flags.
		Mutant:   Mutant{Name: "does-not-tell-whether-a-parent-is-remote", Traces: changeSpans(func(s *tracepb.Span) { s.Flags = 0 })},
		mustPass: []string{"parent/remote"},
	},
	{
		Mutant: Mutant{Name: "has-a-tracestate-of-its-own", Traces: changeSpans(func(s *tracepb.Span) {
			if s.GetTraceState() == "" {
				s.TraceState = ownTracestateMember
			}
		}), Outer: changeRequestHeaders(addTracestateMember)},
		mustPass: []string{"parent/root", "parent/invalid", "parent/tracestate"},
	},
	tracestateVariant("passes-on-an-invalid-tracestate", func(members []string) []string { return members }),
	tracestateVariant("passes-on-the-valid-members-of-a-tracestate", validMembers),
	{
		// The random flag of W3C Trace Context, Level 2, means that the trace id is random. A
		// service may set it in addition to the sampled flag.
		Mutant: Mutant{Name: "says-that-ids-are-random", Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				current := trace.SpanContextFromContext(r.Context())
				if r.URL.Path != "/relay" || !current.IsValid() {
					next.ServeHTTP(w, r)
					return
				}
				ctx := trace.ContextWithSpanContext(r.Context(), current.WithTraceFlags(current.TraceFlags()|trace.FlagsRandom))
				forwardRequest(next, w, r, r.WithContext(ctx))
			})
		}},
		mustPass: []string{"parent/unsampled", "exclude/children"},
	},
	{
		Mutant: Mutant{Name: "adds-baggage-of-its-own", Outer: changeRequestHeaders(func(r *http.Request) {
			if given := r.Header.Get("Baggage"); given != "" {
				r.Header.Set("Baggage", "vendor=1,"+given)
			}
		})},
		mustPass: []string{"parent/baggage"},
	},
	{
		// The service does not implement a part of the contract, which is no defect of the
		// instrumentation.
		Mutant:   Mutant{Name: "does-not-know-X-Set-Baggage", Outer: changeRequestHeaders(func(r *http.Request) { r.Header.Del("X-Set-Baggage") })},
		mustPass: []string{"parent/middleware", "parent/baggage"},
	},
	{
		// The outer span belongs to another server, such as a gateway in the same process.
		Mutant:   Mutant{Name: "has-a-server-outside", Traces: changeSpansNamed("outside", func(s *tracepb.Span) { s.Kind = tracepb.Span_SPAN_KIND_SERVER })},
		mustPass: []string{"parent/outside"},
	},
	{
		// An instrumentation may add an INTERNAL span for each handler.
		Mutant:   Mutant{Name: "has-a-span-below", Traces: addPlainChildren},
		mustPass: []string{"parent/nested", "parent/twice", "exclude/parameter", "exclude/query-host", "exclude/forms", "metric/off", "span/late-routes"},
	},
}

// ownTracestateMember is a tracestate member of a system that takes part in the trace. Its key,
// which is the key of Elastic APM, is also a part of the header name Tracestate.
const ownTracestateMember = "es=s:1"

// addTracestateMember adds a member to the tracestate of a request, as a system that takes
// part in the trace may do. If the list then has more than 32 members, it removes the last
// ones, as W3C Trace Context recommends. It does not change a tracestate that is empty.
func addTracestateMember(r *http.Request) {
	const maxMembers = 32
	given := strings.Join(r.Header.Values("Tracestate"), ",")
	if given == "" || len(r.Header.Values("Traceparent")) != 1 {
		return
	}
	if members := strings.Split(given, ","); len(members) >= maxMembers {
		r.Header.Set("Tracestate", strings.Join(members[:maxMembers-1], ","))
	}
	r.Header["Tracestate"] = append([]string{ownTracestateMember}, r.Header["Tracestate"]...)
}

// addPlainChildren adds an INTERNAL span without attributes below each server span.
func addPlainChildren(r *collectortrace.ExportTraceServiceRequest) {
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			var added []*tracepb.Span
			for _, s := range scope.GetSpans() {
				if s.GetKind() == tracepb.Span_SPAN_KIND_SERVER {
					added = append(added, newInsertedSpan(s.GetTraceId(), s.GetSpanId(), s.GetSpanId(), s))
				}
			}
			scope.Spans = append(scope.Spans, added...)
		}
	}
}
