package mutant

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/core"
)

// excludeMutants are the mutants that break the checks exclude/*.
var excludeMutants = []Mutant{
	disguisePath(Mutant{
		Name:   "observes-what-is-excluded",
		Breaks: []string{"exclude/path", "exclude/metrics", "exclude/children"},
	}, "/observed", pathIs("/metrics")),
	disguisePath(Mutant{Name: "excludes-exact-paths-alone", Breaks: []string{"exclude/below"}}, "/observed", pathIs("/docs/oauth2")),
	disguisePath(Mutant{Name: "excludes-by-prefix", Breaks: []string{"exclude/near-miss"}}, "/healthz", pathIs("/healthzz")),
	disguisePath(Mutant{Name: "excludes-by-any-segment", Breaks: []string{"exclude/parameter"}}, "/docs", pathIs("/process/docs")),
	disguisePath(Mutant{Name: "excludes-by-the-query", Breaks: []string{"exclude/query-host"}}, "/healthz", func(r *http.Request) bool {
		return strings.Contains(r.URL.RawQuery, "/healthz")
	}),
	disguisePath(Mutant{Name: "decodes-before-it-looks", Breaks: []string{"exclude/evasion"}}, "/docs/x", func(r *http.Request) bool {
		return r.URL.EscapedPath() == "/docs%2Fx"
	}),
	disguisePath(Mutant{Name: "looks-at-dot-segments-as-they-come", Breaks: []string{"exclude/evasion"}}, "/static/private/x", func(r *http.Request) bool {
		return r.URL.EscapedPath() == "/static/private/%2e%2e/hello.txt"
	}),
	disguisePath(Mutant{Name: "anchors-expressions", Breaks: []string{"exclude/forms"}}, "/observed", pathIs("/internal/a/pong")),
	{
		Name: "measures-what-is-excluded", Breaks: []string{"exclude/metrics"},
		Outer: func(next http.Handler) http.Handler {
			recorded, err := otel.Meter("mutant").Float64Histogram(durationMetric, metric.WithUnit("s"))
			if err != nil {
				panic(err)
			}
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/docs" {
					recorded.Record(r.Context(), 1)
				}
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "leaves-children-as-orphans", Breaks: []string{"exclude/children"},
		Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/docs" {
					forwardRequest(next, w, r, r.WithContext(context.Background()))
					return
				}
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "knows-only-the-general-variable", Breaks: []string{"exclude/environment"},
		Env: []string{"OTEL_GO_NETHTTP_EXCLUDED_URLS="},
	},
	{
		Name: "starts-with-a-bad-rule", Breaks: []string{"exclude/bad-rule"},
		Options: []core.Option{core.WithLenientEnvironment()},
	},
}
