package mutant

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// allowedExcludeVariants are the allowed variants for the checks exclude/*.
var allowedExcludeVariants = []allowedVariant{
	{
		// The check exclude/path must ignore spans that are started by the handlers of
		// excluded requests. The check exclude/children examines these spans.
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
		// An exclusion may drop only the server span, so that the span of an outer middleware
		// remains.
		Mutant: Mutant{Name: "has-a-root-span-of-a-middleware", Outer: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				caller := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(r.Header))
				_, span := otel.Tracer("middleware").Start(caller, "middleware")
				defer span.End()
				next.ServeHTTP(w, r)
			})
		}},
		mustPass: []string{"exclude/environment"},
	},
	{
		// Programs may log in JSON, and may end with the exit status that sysexits.h has for
		// a configuration error.
		Mutant: Mutant{Name: "reports-its-failed-start-in-JSON", FailedStart: func(err error) {
			slog.New(slog.NewJSONHandler(os.Stdout, nil)).Error("the service cannot start", "error", err)
			os.Exit(78)
		}},
		mustPass: []string{"exclude/bad-rule"},
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
		// Some servers reject paths with encoded slashes, because such paths are ambiguous.
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
