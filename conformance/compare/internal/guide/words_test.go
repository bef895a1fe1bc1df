package guide

import (
	"regexp"
	"strings"
	"testing"
)

// TestGlossaryIsShortAndUsed holds that the project has at most five words of
// its own, and that another document uses each.
func TestGlossaryIsShortAndUsed(t *testing.T) {
	words := rows(section(read(t, "CONTRIBUTING.md"), "## Words"))
	if len(words) == 0 || len(words) > 5 {
		t.Fatalf("got %d words, want one to five", len(words))
	}
	for _, row := range words {
		word, uses := regexp.MustCompile(`(?i)\b`+regexp.QuoteMeta(row[0])+`s?\b`), 0
		for _, document := range files(t, ".md") {
			if document != "CONTRIBUTING.md" && word.MatchString(read(t, document)) {
				uses++
			}
		}
		if uses == 0 {
			t.Errorf("%q is in no other document: it needs no explanation", row[0])
		}
	}
}

// searchTerms are words that people look for, and what has to be on the page where
// they first find them: how it was tried, or the code that is.
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
	{"fx", "core/SURROUNDINGS.md", "## fx"},
	{"server-sent events stream", "core/SURROUNDINGS.md", "## Server-sent events"},
	{"websocket", "core/SURROUNDINGS.md", "## WebSockets"},
	{"sampling", "core/SURROUNDINGS.md", "## Sampling"},
	{"grafana dashboard", "core/dashboards/README.md", "## What they look like"},
	{"alert", "core/dashboards/README.md", "## Alerts"},
}

// TestWhatIsSearchedIsFound looks for each word in the section that is about it,
// and in the README, from where people start: by name, or by the page's link.
func TestWhatIsSearchedIsFound(t *testing.T) {
	start := strings.ToLower(read(t, "README.md"))
	for _, s := range searchTerms {
		found := strings.ToLower(section(read(t, s.document), s.section))
		if strings.TrimSpace(found) == "" {
			t.Errorf("%s has no section %q, or an empty one", s.document, s.section)
		}
		for _, word := range strings.Fields(s.words) {
			if !strings.Contains(strings.ToLower(s.section)+found, word) {
				t.Errorf("%s, %q: does not have the word %q", s.document, s.section, word)
			}
		}
		link := strings.TrimSuffix(s.document, "/README.md")
		if !strings.Contains(start, "("+strings.ToLower(link)+")") {
			t.Errorf("the README does not link to %s", s.document)
		}
	}
}
