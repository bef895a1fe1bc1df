package mutant

import (
	"net/http"
	"slices"
	"strings"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/core"
)

// spanMutants are the mutants that break the checks span/*.
var spanMutants = slices.Concat(spanNameMutants, spanAttributeMutants, spanSamplerMutants, spanQueryMutants, spanOriginMutants)

// spanNameMutants have a defect in the names, the routes or the methods of spans.
var spanNameMutants = []Mutant{
	{
		Name:   "takes-the-path-for-the-name",
		Breaks: []string{"span/kind-name", "span/route", "span/route-format", "error/description", "parent/nested", "parent/twice"},
		Traces: changeRoutedSpans(func(s *tracepb.Span, method, _ string) {
			s.Name = method + " " + stringAttribute(s.GetAttributes(), "url.path")
		}),
	},
	{
		Name: "leaves-the-method-out-of-the-name", Breaks: []string{"span/kind-name"},
		Traces: changeRoutedSpans(func(s *tracepb.Span, _, route string) {
			if route == "/echo" {
				s.Name = route
			}
		}),
	},
	{
		Name: "forgets-the-prefix-of-a-group", Breaks: []string{"span/route", "span/route-format"},
		Traces: changeRoutedSpans(func(s *tracepb.Span, method, route string) {
			if rest, ok := strings.CutPrefix(route, "/mounted"); ok {
				setRoute(s, method, rest)
			}
		}),
	},
	{
		Name: "takes-a-file-for-its-route", Breaks: []string{"span/route"},
		Traces: changeRoutedSpans(func(s *tracepb.Span, method, route string) {
			if strings.HasPrefix(route, "/static/") {
				setRoute(s, method, stringAttribute(s.GetAttributes(), "url.path"))
			}
		}),
	},
	{
		Name: "names-files-by-their-path", Breaks: []string{"span/route"},
		Traces: changeRoutedSpans(func(s *tracepb.Span, method, route string) {
			if strings.HasPrefix(route, "/static/") {
				s.Name = method + " " + stringAttribute(s.GetAttributes(), "url.path")
				s.Attributes = withoutAttribute(s.GetAttributes(), "http.route")
			}
		}),
	},
	{
		Name: "writes-routes-as-its-framework-does", Breaks: []string{"span/route-format"},
		Base: "ginotel", Env: []string{"SAMESPAN_ROUTE_FORMAT="},
	},
	{
		Name: "covers-only-what-was-there-before", Breaks: []string{"span/late-routes"},
		// The mutant has no spans for /observed, like an instrumentation that ignores routes
		// which are added after it.
		Traces: func(r *collectortrace.ExportTraceServiceRequest) {
			for _, resource := range r.GetResourceSpans() {
				for _, scope := range resource.GetScopeSpans() {
					scope.Spans = slices.DeleteFunc(scope.GetSpans(), func(s *tracepb.Span) bool {
						return stringAttribute(s.GetAttributes(), "url.path") == "/observed"
					})
				}
			}
		},
	},
	{
		Name: "gives-an-empty-route-to-what-matches-none", Breaks: []string{"span/unmatched"},
		Traces: changeUnroutedSpans(func(s *tracepb.Span) {
			if statusCode(s) == http.StatusNotFound {
				s.Attributes = withAttribute(s.GetAttributes(), "http.route", "")
			}
		}),
	},
	{
		Name: "does-not-measure-what-matches-no-route", Breaks: []string{"span/unmatched"},
		Metrics: removeUnroutedPoints,
	},
	{
		Name: "names-405-by-the-route-of-other-methods", Breaks: []string{"span/method-not-allowed"},
		Traces: changeUnroutedSpans(func(s *tracepb.Span) {
			if statusCode(s) == http.StatusMethodNotAllowed && s.GetName() == http.MethodPost {
				setRoute(s, http.MethodPost, "/process/{item_id}")
			}
		}),
	},
	{
		Name: "takes-unknown-methods-for-GET", Breaks: []string{"span/method-other"},
		Traces: changeUnroutedSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "http.request.method_original") == "FOO" {
				s.Attributes = withAttribute(s.GetAttributes(), "http.request.method", http.MethodGet)
			}
		}),
	},
	{
		Name: "takes-PATCH-for-unknown", Breaks: []string{"span/method-other"},
		Options: []core.Option{core.WithKnownMethods("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "QUERY", "TRACE")},
	},
	{
		Name: "takes-QUERY-for-unknown", Breaks: []string{"span/method-query"},
		Options: []core.Option{core.WithKnownMethods("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")},
	},
	{
		Name: fixedMethodsMutantName, Breaks: []string{"span/known-methods"},
		Env: []string{"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS="},
	},
}

// fixedMethodsMutantName is the name of the mutant that ignores the environment variable of
// the list of known methods.
const fixedMethodsMutantName = "has-one-list-of-methods"

// spanAttributeMutants have a defect in the attributes or the status of spans.
var spanAttributeMutants = []Mutant{
	{
		Name: "takes-its-own-name-for-the-host", Breaks: []string{"span/attributes", "trust/client-address"},
		Traces: changeServerSpans(func(s *tracepb.Span) { s.Attributes = withAttribute(s.GetAttributes(), "server.address", "orders") }),
	},
	{
		Name: "gives-the-port-as-text", Breaks: []string{"span/attributes"},
		Traces: changeServerSpans(func(s *tracepb.Span) { s.Attributes = withAttribute(s.GetAttributes(), "network.peer.port", "40000") }),
	},
	{
		Name: "leaves-the-query-in-the-path", Breaks: []string{"span/attributes"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if query := stringAttribute(s.GetAttributes(), "url.query"); query != "" {
				s.Attributes = withAttribute(s.GetAttributes(), "url.path", stringAttribute(s.GetAttributes(), "url.path")+"?"+query)
			}
		}),
	},
	{
		Name: "takes-HEAD-for-GET", Breaks: []string{"span/attributes"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "http.request.method") == http.MethodHead {
				s.Attributes = withAttribute(s.GetAttributes(), "http.request.method", http.MethodGet)
				s.Name = strings.Replace(s.GetName(), http.MethodHead, http.MethodGet, 1)
			}
		}),
	},
	{
		Name: "takes-HTTP-2-for-HTTP-1.1", Breaks: []string{"span/attributes"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if isHTTP2(s) {
				s.Attributes = withAttribute(s.GetAttributes(), "network.protocol.version", "1.1")
			}
		}),
	},
	{
		Name: "forgets-the-protocol", Breaks: []string{"span/recommended"},
		Traces: changeServerSpans(func(s *tracepb.Span) { s.Attributes = withoutAttribute(s.GetAttributes(), "network.protocol.version") }),
	},
	{
		Name: "records-headers-nobody-asked-for", Breaks: []string{"span/headers"},
		Options: []core.Option{core.WithCapturedRequestHeaders("X-Other")},
	},
	{
		Name: "redacts-no-header", Breaks: []string{"span/sanitized"},
		Env: []string{"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS="},
	},
	{
		Name: "joins-the-values-of-a-header", Breaks: []string{"span/headers"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			const key = "http.request.header.x-probe"
			if hasAttribute(s.GetAttributes(), key) {
				s.Attributes = withAttribute(s.GetAttributes(), key, "one, two")
			}
		}),
	},
	{
		Name: "takes-404-for-an-error", Breaks: []string{"span/status", "error/handler", "error/description"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if statusCode(s) == http.StatusNotFound {
				s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
			}
		}),
	},
	{
		Name: "describes-a-status", Breaks: []string{"span/status", "error/description"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if statusCode(s) == http.StatusServiceUnavailable {
				s.Status.Message = "Service Unavailable"
			}
		}),
	},
	{
		Name: "counts-what-HEAD-does-not-send", Breaks: []string{"span/body-size"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "http.request.method") == http.MethodHead {
				s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.body.size", 100_000)
			}
		}),
	},
	{
		Name: "does-not-see-what-the-kernel-copies", Breaks: []string{"span/body-size"},
		Traces: changeRoutedSpans(func(s *tracepb.Span, _, route string) {
			if route == "/file" {
				s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.body.size", 0)
			}
		}),
	},
	{
		Name: "gives-unknown-sizes-as-negative", Breaks: []string{"span/body-size"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if !hasAttribute(s.GetAttributes(), "http.response.body.size") {
				s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.body.size", -1)
			}
		}),
	},
}

// spanOriginMutants have a defect in the instrumentation scope or the resource of spans.
var spanOriginMutants = []Mutant{
	{
		Name: "forgets-its-version", Breaks: []string{"span/scope"},
		Traces: func(r *collectortrace.ExportTraceServiceRequest) {
			for _, resource := range r.GetResourceSpans() {
				for _, scope := range resource.GetScopeSpans() {
					scope.Scope.Version = ""
				}
			}
		},
	},
	{
		Name: "names-a-schema-that-is-no-url", Breaks: []string{"span/scope"},
		Traces: changeSchemas("1.43.0"),
	},
	{
		Name: "names-a-schema-without-a-version", Breaks: []string{"span/scope"},
		Traces: changeSchemas("https://opentelemetry.io/schemas/"),
	},
	{
		Name: "names-a-schema-of-older-attributes", Breaks: []string{"span/scope"},
		Traces: changeSchemas("https://opentelemetry.io/schemas/1.20.0"),
	},
	{
		Name: "prefers-the-name-in-the-code", Breaks: []string{"span/resource", "span/service-name"},
		Env: []string{"OTEL_SERVICE_NAME=in-the-code"},
	},
	{
		Name: "is-unknown-without-a-name", Breaks: []string{"span/service-name"},
		Traces: func(r *collectortrace.ExportTraceServiceRequest) {
			for _, resource := range r.GetResourceSpans() {
				if stringAttribute(resource.GetResource().GetAttributes(), "service.name") == "nethttpotel" {
					resource.Resource.Attributes = withAttribute(resource.GetResource().GetAttributes(), "service.name", "unknown_service:server")
				}
			}
		},
	},
	{
		Name: "loses-an-attribute-of-the-resource", Breaks: []string{"span/resource"},
		Traces: func(r *collectortrace.ExportTraceServiceRequest) {
			for _, resource := range r.GetResourceSpans() {
				resource.Resource.Attributes = withoutAttribute(resource.GetResource().GetAttributes(), "team")
			}
		},
	},
}
