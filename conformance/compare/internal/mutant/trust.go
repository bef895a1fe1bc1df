package mutant

import (
	"net/http"

	otelattribute "go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/core"
)

// trustMutants are the mutants that break the checks trust/*.
var trustMutants = []Mutant{
	{
		Name: "trusts-every-caller", Breaks: []string{"trust/public"},
		Env: []string{"SAMESPAN_PUBLIC_ENDPOINT=false"},
	},
	{
		Name: "trusts-every-proxy", Breaks: []string{"trust/client-address"},
		Options: []core.Option{core.WithTrustedProxies("0.0.0.0/0")},
	},
	{
		Name: "trusts-every-proxy-under-an-old-name", Breaks: []string{"trust/client-address", "span/attributes", "span/recommended"},
		Options: []core.Option{core.WithTrustedProxies("0.0.0.0/0")},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			client := stringAttribute(s.GetAttributes(), "client.address")
			removeAddresses(s)
			s.Attributes = withAttribute(s.GetAttributes(), "http.client_ip", client)
		}),
	},
	{
		Name: "trusts-no-proxy", Breaks: []string{"trust/client-address"},
		Env: []string{"SAMESPAN_TRUSTED_PROXIES="},
	},
	{
		Name: "keeps-credentials", Breaks: []string{"trust/secrets"},
		Options: []core.Option{core.WithCapturedRequestHeaders("authorization"), core.WithUnsanitizedHeaders()},
	},
	{
		Name: "tells-the-client-its-trace", Breaks: []string{"trust/secrets", "transparent/response", "trust/size"},
		Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if span := trace.SpanContextFromContext(r.Context()); span.IsValid() {
					w.Header().Set("Traceresponse", "00-"+span.TraceID().String()+"-"+span.SpanID().String()+"-01")
				}
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "tells-the-client-its-trace-among-times", Breaks: []string{"trust/secrets", "transparent/response", "trust/size"},
		Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if span := trace.SpanContextFromContext(r.Context()); span.IsValid() {
					w.Header().Set("Server-Timing", "total;dur=7, trace;desc="+span.TraceID().String())
				}
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "keeps-whatever-its-size", Breaks: []string{"trust/size"},
		Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				trace.SpanFromContext(r.Context()).SetAttributes(otelattribute.String("mutant.path", r.URL.Path))
				next.ServeHTTP(w, r)
			})
		},
	},
}

// noAddressMutant records no attribute that the headers of a proxy could change.
var noAddressMutant = Mutant{Name: "records-no-address", Traces: changeServerSpans(removeAddresses)}

// removeAddresses removes the attributes that the headers of a proxy can change.
func removeAddresses(s *tracepb.Span) {
	for _, key := range []string{"client.address", "server.address", "server.port", "url.scheme"} {
		s.Attributes = withoutAttribute(s.GetAttributes(), key)
	}
}
