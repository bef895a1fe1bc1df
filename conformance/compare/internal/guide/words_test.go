package guide

import (
	"regexp"
	"strings"
	"testing"
)

// TestGlossaryIsShortAndUsed checks that the glossary has at most five words, and that
// each is used in another document.
func TestGlossaryIsShortAndUsed(t *testing.T) {
	words := tableRows(sectionText(readDocument(t, "CONTRIBUTING.md"), "## Words"))
	if len(words) == 0 || len(words) > 5 {
		t.Fatalf("got %d words, want one to five", len(words))
	}
	for _, row := range words {
		word, uses := regexp.MustCompile(`(?i)\b`+regexp.QuoteMeta(row[0])+`s?\b`), 0
		for _, document := range repositoryFiles(t, ".md") {
			if document != "CONTRIBUTING.md" && word.MatchString(readDocument(t, document)) {
				uses++
			}
		}
		if uses == 0 {
			t.Errorf("%q is in no other document: it needs no explanation", row[0])
		}
	}
}

// searchTerms are words that users search for, and the section about each of them.
var searchTerms = []struct{ words, document, section string }{
	{"jaeger", "core/BACKENDS.md", "## Jaeger"},
	{"tempo prometheus loki", "core/BACKENDS.md", "## Tempo, Prometheus and Loki"},
	{"victoriametrics", "core/BACKENDS.md", "## VictoriaMetrics"},
	{"grafana cloud", "core/BACKENDS.md", "## Grafana Cloud"},
	{"honeycomb", "core/BACKENDS.md", "## Honeycomb"},
	{"datadog", "core/BACKENDS.md", "## Datadog"},
	{"new relic", "core/BACKENDS.md", "## New Relic"},
	{"signoz", "core/BACKENDS.md", "## SigNoz"},
	{"kubernetes", "core/SURROUNDINGS.md", "## Kubernetes"},
	{"docker", "core/SURROUNDINGS.md", "## Docker"},
	{"systemd", "core/SURROUNDINGS.md", "## systemd"},
	{"lambda", "core/SURROUNDINGS.md", "## AWS Lambda"},
	{"slog", "core/SURROUNDINGS.md", "## slog"},
	{"zap", "core/SURROUNDINGS.md", "## zap"},
	{"zerolog", "core/SURROUNDINGS.md", "## zerolog"},
	{"logrus", "core/SURROUNDINGS.md", "## logrus"},
	{"database/sql", "core/SURROUNDINGS.md", "## database/sql"},
	{"pgx", "core/SURROUNDINGS.md", "## pgx"},
	{"gorm", "core/SURROUNDINGS.md", "## gorm"},
	{"redis", "core/SURROUNDINGS.md", "## Redis"},
	{"grpc", "core/SURROUNDINGS.md", "## gRPC"},
	{"errgroup", "core/SURROUNDINGS.md", "## Several servers, and errgroup"},
	{"worker message consumer queue job scheduler", "core/SURROUNDINGS.md", "## Workers and message consumers"},
	{"fx", "core/SURROUNDINGS.md", "## fx"},
	{"server-sent events stream", "core/SURROUNDINGS.md", "## Server-sent events"},
	{"websocket", "core/SURROUNDINGS.md", "## WebSockets"},
	{"sampling", "core/SURROUNDINGS.md", "## Sampling"},
	{"grafana dashboard", "core/dashboards/README.md", "## What they look like"},
	{"alert", "core/dashboards/README.md", "## Alerts"},
}

// askedQuestions are questions that users of other instrumentations have asked in public,
// with the words that they search for and the section with the answer.
var askedQuestions = []struct{ question, words, document, section string }{
	{"gin-gonic/gin#3993: the span is not in gin's context", "gin ContextWithFallback", "core/TROUBLESHOOTING.md", "## Broken parents"},
	{"gofiber/contrib#1218: UserContext or Context?", "fiber UserContext", "core/TROUBLESHOOTING.md", "## Broken parents"},
	{"open-telemetry/opentelemetry-go-contrib#3733: a new trace in each service", "propagator", "core/TROUBLESHOOTING.md", "## Broken parents"},
	{"opentracing/opentracing-go#238: a goroutine's context is canceled", "goroutine canceled", "core/TROUBLESHOOTING.md", "## Broken parents"},
	{"open-telemetry/opentelemetry-go-contrib#4279: traceparent is ignored", "traceparent", "core/TROUBLESHOOTING.md", "## Broken parents"},
	{"open-telemetry/opentelemetry-go-contrib#2338: a public endpoint and its link", "WithPublicEndpoint links", "core/TROUBLESHOOTING.md", "## Broken parents"},
	{"open-telemetry/opentelemetry-go-contrib#6073: superfluous WriteHeader", "superfluous response.WriteHeader", "core/TROUBLESHOOTING.md", "## Error messages of other libraries"},
	{"DataDog/dd-trace-go#240: no http.Hijacker for WebSockets", "http.Hijacker http.Flusher", "core/TROUBLESHOOTING.md", "## Error messages of other libraries"},
	{"open-telemetry/opentelemetry-go#3769: conflicting Schema URL after an upgrade", "conflicting schema url resource.Merge", "core/TROUBLESHOOTING.md", "## Error messages of other libraries"},
	{"open-telemetry/opentelemetry-collector-contrib#35723: invalid UTF-8", "string field contains invalid UTF-8", "core/TROUBLESHOOTING.md", "## Error messages of other libraries"},
	{"open-telemetry/opentelemetry-go#3088: context deadline exceeded, in each log line", "context deadline exceeded", "core/TROUBLESHOOTING.md", "## Error messages of other libraries"},
	{"kitex-contrib/obs-opentelemetry#48: connection refused at 4317", "connection refused 4317", "core/TROUBLESHOOTING.md", "## Nothing arrives"},
	{"open-telemetry/opentelemetry-go-contrib#4476: the name given to otelgin is not the service's", "service.name otelgin.Middleware unknown_service", "core/TROUBLESHOOTING.md", "## Wrong service name"},
	{"open-telemetry/opentelemetry-go-contrib#3765: metrics with the client's address", "cardinality series client addresses", "core/TROUBLESHOOTING.md", "## Metrics are missing, or too many"},
	{"open-telemetry/opentelemetry-go-contrib#7954: no http.route on metrics", "http.route", "core/TROUBLESHOOTING.md", "## Metrics are missing, or too many"},
	{"krakend/krakend-otel#55: client.address behind a proxy", "client.address X-Forwarded-For WithTrustedProxies", "core/TROUBLESHOOTING.md", "## Wrong client address or scheme"},
	{"open-telemetry/opentelemetry-go-contrib#2672: a filter for health checks", "health checks", "core/TROUBLESHOOTING.md", "## Spans for health checks and probes"},
	{"riandyrn/otelchi#12: a panic is not an error", "panic status error stacktrace", "core/httpserver/TELEMETRY.md", "## Status and errors"},
	{"open-telemetry/opentelemetry-go#3254: the status of a 4xx", "4xx unset", "core/httpserver/TELEMETRY.md", "## Status and errors"},
	{"open-telemetry/opentelemetry-go#5703: clients that cancel", "client_disconnected", "core/httpserver/TELEMETRY.md", "## Status and errors"},
	{"gofiber/contrib#2244: buckets in milliseconds", "buckets boundaries seconds", "core/httpserver/TELEMETRY.md", "## Metrics"},
	{"open-telemetry/opentelemetry-go-contrib#3179: headers as attributes", "request headers attributes", "core/CONFIGURATION.md", "# Configuration: environment variables and options"},
	{"riandyrn/otelchi#22: the trace id in a response header", "trace id responses header", "core/CONFIGURATION.md", "# Configuration: environment variables and options"},
	{"open-telemetry/opentelemetry-ebpf-instrumentation#2073: tokens in the query", "redacted query tokens", "core/CONFIGURATION.md", "# Configuration: environment variables and options"},
	{"gofiber/fiber#1685: the status of an error in a middleware", "error handler status", "fiberotel/README.md", "## Notes on Fiber"},
}

// TestSearchTermsAreInTheirSections checks that each section has the words that users
// search for, and that the README links to the section's document.
func TestSearchTermsAreInTheirSections(t *testing.T) {
	for _, s := range searchTerms {
		checkSection(t, s.words, s.document, s.section)
	}
	for _, q := range askedQuestions {
		t.Run(q.question, func(t *testing.T) { checkSection(t, q.words, q.document, q.section) })
	}
}

// checkSection checks that the section with the heading has all words, and that the README
// links to the document.
func checkSection(t *testing.T, words, document, heading string) {
	t.Helper()
	found := strings.ToLower(sectionText(readDocument(t, document), heading))
	if strings.TrimSpace(found) == "" {
		t.Errorf("%s has no section %q, or an empty one", document, heading)
	}
	for _, word := range strings.Fields(strings.ToLower(words)) {
		if !strings.Contains(strings.ToLower(heading)+found, word) {
			t.Errorf("%s, %q: does not have the word %q", document, heading, word)
		}
	}
	link := regexp.MustCompile(`\(` + regexp.QuoteMeta(strings.TrimSuffix(document, "/README.md")) + `(/README\.md)?(#[^)]*)?\)`)
	if !link.MatchString(readDocument(t, "README.md")) {
		t.Errorf("the README does not link to %s", document)
	}
}
