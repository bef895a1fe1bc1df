package mutant

import (
	"net/http"
	"strings"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/core"
)

// recommendedAttributes are attributes with the requirement level Recommended, which an
// instrumentation need not record.
var recommendedAttributes = []string{
	"client.address", "network.peer.address", "network.peer.port", "network.protocol.version", "server.address", "server.port", "user_agent.original",
}

// allowedSpanVariants are the allowed variants for the checks span/*.
var allowedSpanVariants = []allowedVariant{
	{
		Mutant: Mutant{Name: "has-spans-of-parts-of-the-request", Traces: addPartSpans},
		mustPass: []string{
			"span/method-not-allowed", "span/method-query", "span/known-methods", "span/query", "span/query-keys", "error/abort", "error/description",
		},
	},
	{
		// Servers without a router have spans without routes, which the conventions allow.
		Mutant: Mutant{
			Name: "has-no-routes",
			// The router sets the route on a copy of the request, which the
			// instrumentation does not see.
			Inner: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r.WithContext(r.Context())) })
			},
		},
		mustPass: []string{
			"span/kind-name", "span/late-routes", "error/panic", "error/truncated", "error/answered", "metric/duration", "metric/body-size", "metric/error",
		},
		changeSubject: func(s *conformance.Subject) { s.Template = func(string) string { return "" } },
	},
	{
		Mutant: Mutant{
			Name:   "writes-routes-without-a-slash",
			Traces: changeRoutedSpans(func(s *tracepb.Span, method, route string) { setRoute(s, method, strings.TrimPrefix(route, "/")) }),
		},
		mustPass: []string{"span/route", "span/kind-name"},
		changeSubject: func(s *conformance.Subject) {
			template := s.Template
			s.Template = func(route string) string { return strings.TrimPrefix(template(route), "/") }
		},
	},
	{
		// A handler for numbers has a parameter with a type, such as {code:int} or <int:code>.
		Mutant: Mutant{
			Name: "writes-the-type-of-a-parameter",
			Traces: changeRoutedSpans(func(s *tracepb.Span, method, route string) {
				setRoute(s, method, writeParameterTypes(route))
			}),
			Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
				if route := stringAttribute(point.GetAttributes(), "http.route"); route != "" {
					point.Attributes = withAttribute(point.GetAttributes(), "http.route", writeParameterTypes(route))
				}
			}),
		},
		mustPass: []string{"span/kind-name", "span/route", "parent/twice", "error/panic", "exclude/metrics", "metric/duration", "metric/error"},
	},
	{
		Mutant:   Mutant{Name: "says-its-own-name-in-every-name", Traces: changeRoutedSpans(func(s *tracepb.Span, _, _ string) { s.Name = "orders " + s.GetName() })},
		mustPass: []string{"span/route-format"},
	},
	{
		// Spring serves static files with the route /**, which matches every path.
		Mutant: Mutant{Name: "has-a-route-for-everything", Traces: changeUnroutedSpans(func(s *tracepb.Span) {
			if statusCode(s) == http.StatusNotFound {
				setRoute(s, stringAttribute(s.GetAttributes(), "http.request.method"), "/**")
			}
		})},
		mustPass: []string{"span/unmatched"},
	},
	{
		Mutant: Mutant{Name: "ignores-the-case-of-methods", Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "http.request.method_original") == "get" {
				s.Name = strings.Replace(s.GetName(), "HTTP", http.MethodGet, 1)
				s.Attributes = withAttribute(s.GetAttributes(), "http.request.method", http.MethodGet)
			}
		})},
		mustPass: []string{"span/method-other"},
	},
	{
		// Servers such as gunicorn, waitress and Puma answer 400 to a method that has lower-case
		// letters or more than 20 characters. The instrumentation does not see such a request.
		Mutant:   Mutant{Name: "refuses-unconventional-methods", Serve: serveWrapped(refuseUnconventionalMethods)},
		mustPass: []string{"span/method-other", "metric/cardinality"},
	},
	{
		// Instrumentations may follow older versions of the conventions, in which the method
		// QUERY is unknown.
		Mutant: Mutant{
			Name:    "knows-no-QUERY",
			Options: []core.Option{core.WithKnownMethods("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")},
		},
		mustPass: []string{"span/method-other"},
	},
	{
		// A service may serve files in a middleware, without a route.
		Mutant: Mutant{Name: "has-no-route-for-files", Traces: changeRoutedSpans(func(s *tracepb.Span, method, route string) {
			if strings.HasPrefix(route, "/static/") {
				s.Name, s.Attributes = method, withoutAttribute(s.GetAttributes(), "http.route")
			}
		})},
		mustPass: []string{"span/route"},
	},
	{
		Mutant: Mutant{Name: "redacts-every-value-of-a-query", Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "url.query") == "page=2&sort=name" {
				s.Attributes = withAttribute(s.GetAttributes(), "url.query", "page=Redacted&sort=Redacted")
			}
		})},
		mustPass: []string{"span/attributes"},
	},
	{
		Mutant: Mutant{Name: "leaves-out-what-is-recommended", Traces: changeServerSpans(func(s *tracepb.Span) {
			for _, key := range recommendedAttributes {
				s.Attributes = withoutAttribute(s.GetAttributes(), key)
			}
		})},
		mustPass: []string{"span/attributes", "span/sampler", "trust/client-address"},
	},
	{
		// A server that listens on all interfaces may see IPv4 addresses as IPv6
		// addresses.
		Mutant: Mutant{Name: "sees-addresses-of-IPv6", Traces: changeServerSpans(func(s *tracepb.Span) {
			for _, key := range []string{"client.address", "network.peer.address"} {
				if stringAttribute(s.GetAttributes(), key) == "127.0.0.1" {
					s.Attributes = withAttribute(s.GetAttributes(), key, "::ffff:127.0.0.1")
				}
			}
		})},
		mustPass: []string{"span/attributes", "span/recommended", "trust/client-address"},
	},
	{
		Mutant:   Mutant{Name: "joins-headers-within-an-array", Traces: changeServerSpans(func(s *tracepb.Span) { joinHeaders(s, ", ") })},
		mustPass: []string{"span/headers"},
	},
	{
		Mutant:   Mutant{Name: "joins-headers-without-a-space", Traces: changeServerSpans(func(s *tracepb.Span) { joinHeaders(s, ",") })},
		mustPass: []string{"span/headers"},
	},
	{
		Mutant: Mutant{Name: "leaves-sanitized-headers-out", Traces: changeServerSpans(func(s *tracepb.Span) {
			s.Attributes = withoutAttribute(s.GetAttributes(), "http.request.header.x-token")
		})},
		mustPass: []string{"span/sanitized"},
	},
	{
		Mutant: Mutant{Name: "tells-the-address-without-its-query", Traces: changeServerSpans(func(s *tracepb.Span) {
			s.Attributes = withAttribute(s.GetAttributes(), "url.full", "http://localhost"+stringAttribute(s.GetAttributes(), "url.path"))
		})},
		mustPass: []string{"span/query-off"},
	},
	{
		Mutant: Mutant{Name: "has-no-version", Traces: func(r *collectortrace.ExportTraceServiceRequest) {
			for _, resource := range r.GetResourceSpans() {
				for _, scope := range resource.GetScopeSpans() {
					scope.SchemaUrl, scope.Scope.Version = "", ""
				}
			}
		}},
		mustPass:      []string{"span/scope"},
		changeSubject: func(s *conformance.Subject) { s.InstrumentationVersion = "" },
	},
	{
		// The conventions have 2 only as an example. otelhttp, for example, records 2.0.
		Mutant: Mutant{Name: "records-2.0-for-HTTP-2", Traces: changeServerSpans(func(s *tracepb.Span) {
			if isHTTP2(s) {
				s.Attributes = withAttribute(s.GetAttributes(), "network.protocol.version", "2.0")
			}
		})},
		mustPass: []string{"span/attributes", "span/recommended"},
	},
	{
		// With OTEL_SEMCONV_STABILITY_OPT_IN=http/dup, an instrumentation records old and new names.
		Mutant: Mutant{Name: "follows-two-conventions", Traces: func(r *collectortrace.ExportTraceServiceRequest) {
			changeSchemas("https://opentelemetry.io/schemas/1.20.0")(r)
			changeServerSpans(func(s *tracepb.Span) {
				s.Attributes = withAttribute(s.GetAttributes(), "http.method", stringAttribute(s.GetAttributes(), "http.request.method"))
			})(r)
		}},
		mustPass: []string{"span/scope"},
	},
	{
		// An instrumentation may follow an older version of the conventions, or a schema of its own.
		Mutant:   Mutant{Name: "follows-the-first-conventions-with-these-names", Traces: changeSchemas("https://opentelemetry.io/schemas/1.21.0")},
		mustPass: []string{"span/scope"},
	},
	{
		Mutant:   Mutant{Name: "has-a-schema-of-its-own", Traces: changeSchemas("https://example.com/telemetry/0.1.0-beta.1")},
		mustPass: []string{"span/scope"},
	},
	{
		Mutant: Mutant{Name: "says-more-about-itself", Traces: func(r *collectortrace.ExportTraceServiceRequest) {
			for _, resource := range r.GetResourceSpans() {
				attributes := withAttribute(resource.GetResource().GetAttributes(), "service.namespace", "shops")
				// The subject uses this name if the environment does not set service.name.
				if stringAttribute(attributes, "service.name") == "nethttpotel" {
					attributes = withAttribute(attributes, "service.name", "orders")
				}
				resource.Resource.Attributes = attributes
			}
		}},
		mustPass: []string{"span/resource", "span/service-name"},
	},
	{
		Mutant: Mutant{
			Name:    "knows-no-sizes-of-requests",
			Traces:  changeServerSpans(func(s *tracepb.Span) { s.Attributes = withoutAttribute(s.GetAttributes(), "http.request.body.size") }),
			Metrics: changeMetrics(requestSizeMetric, func(m *metricspb.Metric) { m.GetHistogram().DataPoints = nil }),
		},
		mustPass: []string{"span/body-size", "metric/body-size"},
	},
}

// writeParameterTypes adds types to the parameters of a route.
func writeParameterTypes(route string) string {
	return strings.NewReplacer("{code}", "{code:int}", "{item_id}", "{item_id:str}").Replace(route)
}

// refuseUnconventionalMethods answers 400 to a method that has lower-case letters or more than
// 20 characters.
func refuseUnconventionalMethods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != strings.ToUpper(r.Method) || len(r.Method) > 20 {
			http.Error(w, "invalid method", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// joinHeaders joins the values of each captured header.
func joinHeaders(s *tracepb.Span, separator string) {
	for _, a := range s.GetAttributes() {
		values := a.GetValue().GetArrayValue().GetValues()
		if !strings.HasPrefix(a.GetKey(), "http.request.header.") || len(values) < 2 {
			continue
		}
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = value.GetStringValue()
		}
		a.Value = arrayValue(strings.Join(texts, separator))
	}
}
