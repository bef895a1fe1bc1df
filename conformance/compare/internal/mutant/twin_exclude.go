package mutant

import (
	"context"
	"net/http"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

var excludeTwins = []twin{
	{
		// What the handlers of excluded requests start is for exclude/children to judge.
		Mutant: Mutant{Name: "has-spans-of-excluded-handlers", Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/healthz" || r.URL.Path == "/metrics" || r.URL.Path == "/docs" {
					forwardRequest(next, w, r, r.WithContext(context.Background()))
					return
				}
				next.ServeHTTP(w, r)
			})
		}},
		mustPass: []string{"exclude/path"},
	},
	{
		Mutant: Mutant{Name: "serves-what-is-below", Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/docs/oauth2" || r.URL.Path == "/healthz/live/now" {
					_, _ = w.Write([]byte("ok"))
					return
				}
				next.ServeHTTP(w, r)
			})
		}},
		mustPass: []string{"exclude/below"},
	},
	{
		Mutant: Mutant{Name: "observes-no-unmatched-paths", Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "http.route") == "" {
				s.Kind = tracepb.Span_SPAN_KIND_INTERNAL
			}
		})},
		mustPass: []string{"exclude/near-miss"},
	},
	{
		// As servers that refuse what is ambiguous.
		Mutant: Mutant{Name: "refuses-encoded-slashes", Serve: serveWrapped(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if encoded := strings.ToLower(r.RequestURI); strings.Contains(encoded, "%2f") || strings.Contains(encoded, "%5c") {
					http.Error(w, "an encoded slash", http.StatusBadRequest)
					return
				}
				next.ServeHTTP(w, r)
			})
		})},
		mustPass: []string{"exclude/evasion"},
	},
}
