package mutant

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// inventedTraceparent is a valid traceparent that no caller has sent.
const inventedTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// parentMutants are the mutants that break the checks parent/*.
var parentMutants = []Mutant{
	{
		Name: "takes-the-caller-for-local", Breaks: []string{"parent/remote"},
		Traces: changeServerSpans(func(s *tracepb.Span) { s.Flags = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK) }),
	},
	{
		Name: "makes-up-a-caller", Breaks: []string{"parent/root", "parent/invalid"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if r.Header.Get("Traceparent") == "" && strings.HasPrefix(r.URL.Path, "/process/") {
				r.Header.Set("Traceparent", inventedTraceparent)
			}
		}),
	},
	{
		// Frameworks that keep the context in the connection, or in the thread or task of the
		// connection, may forget to remove it at the end of a request.
		Name: "keeps-the-caller-of-a-connection", Breaks: []string{"parent/root"},
		Outer: func() func(http.Handler) http.Handler {
			var callers sync.Map // traceparents by the address of the client
			return changeRequestHeaders(func(r *http.Request) {
				if r.Header.Get("Connection") != "keep-alive" {
					return
				}
				if caller := r.Header.Get("Traceparent"); caller != "" {
					callers.Store(r.RemoteAddr, caller)
				} else if caller, ok := callers.Load(r.RemoteAddr); ok {
					r.Header.Set("Traceparent", caller.(string))
				}
			})
		}(),
	},
	{
		Name: "takes-the-first-of-two-callers", Breaks: []string{"parent/invalid"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if values := r.Header["Traceparent"]; len(values) > 1 {
				r.Header["Traceparent"] = values[:1]
			}
		}),
	},
	{
		// Level 1 of the recommendation has only the flag sampled, Level 2 has the flag random too.
		Name: "knows-no-random-flag", Breaks: []string{"parent/invalid"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if strings.HasSuffix(r.Header.Get("Traceparent"), "-03") {
				r.Header.Del("Traceparent")
			}
		}),
	},
	{
		Name: "takes-the-random-flag-for-sampled", Breaks: []string{"parent/unsampled"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if caller, isRandom := strings.CutSuffix(r.Header.Get("Traceparent"), "-02"); isRandom {
				r.Header.Set("Traceparent", caller+"-03")
			}
		}),
	},
	{
		Name: "reads-one-tracestate", Breaks: []string{"parent/tracestate"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if values := r.Header["Tracestate"]; len(values) > 1 {
				r.Header["Tracestate"] = values[:1]
			}
		}),
	},
	{
		Name: "samples-what-the-caller-did-not", Breaks: []string{"parent/unsampled"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if caller, unsampled := strings.CutSuffix(r.Header.Get("Traceparent"), "-00"); unsampled && r.URL.Path == "/relay" {
				r.Header.Set("Traceparent", caller+"-01")
			}
		}),
	},
	{
		Name: "prefers-whatever-span-there-is", Breaks: []string{"parent/outside"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if trace.SpanContextFromContext(r.Context()).IsValid() {
				r.Header.Del("Traceparent")
			}
		}),
	},
	{
		Name: "leaves-a-child-an-orphan", Breaks: []string{"parent/child"},
		Traces: changeSpansNamed("process_item_logic", func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "item.id") == "1" {
				s.ParentSpanId = nil
			}
		}),
	},
	newOrphanMutant("framework", "parent/framework-context"),
	newOrphanMutant("middleware", "parent/middleware"),
	{
		Name: "loses-the-baggage-of-a-middleware", Breaks: []string{"parent/middleware"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if r.URL.Path == "/relay" {
				r.Header.Del("X-Set-Baggage")
			}
		}),
	},
	newOrphanMutant("goroutine", "parent/goroutine"),
	{
		Name: "recycles-what-outlives-the-response", Breaks: []string{"parent/after-response"},
		Traces: changeSpansNamed("after_response", func(s *tracepb.Span) {
			s.Attributes = withAttribute(s.GetAttributes(), "item.id", "of another request")
		}),
	},
	{
		Name: "keeps-the-caller-of-another-request", Breaks: []string{"parent/concurrent"},
		Outer: func() func(http.Handler) http.Handler {
			var last atomic.Value
			return changeRequestHeaders(func(r *http.Request) {
				if !strings.HasPrefix(r.URL.Path, "/process/client-") {
					return
				}
				if another, ok := last.Swap(r.Header.Get("Traceparent")).(string); ok {
					r.Header.Set("Traceparent", another)
				}
			})
		}(),
	},
	{
		Name: "forgets-who-asked-for-a-task", Breaks: []string{"parent/background"},
		Traces: changeSpansNamed("background_task", func(s *tracepb.Span) { s.Links = nil }),
	},
	{
		Name: "calls-in-the-name-of-the-caller", Breaks: []string{"parent/downstream"},
		Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				caller, id, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Traceparent"), "00-"), "-")
				current := trace.SpanContextFromContext(r.Context())
				if !ok || r.URL.Path != "/relay" || !current.IsSampled() || current.TraceID().String() != caller {
					next.ServeHTTP(w, r)
					return
				}
				parent, err := trace.SpanIDFromHex(strings.TrimSuffix(id, "-01"))
				if err != nil {
					next.ServeHTTP(w, r)
					return
				}
				ctx := trace.ContextWithRemoteSpanContext(r.Context(), current.WithSpanID(parent))
				forwardRequest(next, w, r, r.WithContext(ctx))
			})
		},
	},
	{
		Name: "drops-baggage", Breaks: []string{"parent/baggage"},
		Outer: changeRequestHeaders(func(r *http.Request) {
			if r.URL.Path == "/baggage" || r.URL.Path == "/relay" {
				r.Header.Del("Baggage")
			}
		}),
	},
	{
		Name: "keeps-the-outer-route", Breaks: []string{"parent/nested"}, Base: "echootel",
		Traces: changeNestedSpans("outer", func(_ *tracepb.ScopeSpans, s *tracepb.Span) {
			s.Attributes = withAttribute(s.GetAttributes(), "http.route", "/")
		}),
	},
	{
		Name: "observes-twice", Breaks: []string{"parent/twice"},
		Traces: changeNestedSpans("twice", func(scope *tracepb.ScopeSpans, s *tracepb.Span) {
			second := proto.CloneOf(s)
			second.SpanId[0] ^= 0xff
			scope.Spans = append(scope.Spans, second)
		}),
	},
}

// newOrphanMutant returns a mutant that breaks check: it exports the child spans whose
// attribute context.source equals source as root spans. The attribute says from which object
// the handler got the context of the span.
func newOrphanMutant(source, check string) Mutant {
	return Mutant{
		Name: "loses-the-context-of-a-" + source, Breaks: []string{check},
		Traces: changeSpansNamed("context_child", func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "context.source") == source {
				s.ParentSpanId = nil
			}
		}),
	}
}

// changeNestedSpans returns a [Mutant.Traces] that changes the server spans of a service
// that the suite has started with SAMESPAN_NESTING set to nesting.
func changeNestedSpans(nesting string, change func(*tracepb.ScopeSpans, *tracepb.Span)) func(*collectortrace.ExportTraceServiceRequest) {
	return func(r *collectortrace.ExportTraceServiceRequest) {
		if os.Getenv("SAMESPAN_NESTING") != nesting {
			return
		}
		for _, resource := range r.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					if span.GetKind() == tracepb.Span_SPAN_KIND_SERVER {
						change(scope, span)
					}
				}
			}
		}
	}
}
