package subject_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

func TestVariablesChangeSubject(t *testing.T) {
	tests := []struct {
		variable string
		headers  []string
		// check returns what is wrong with the server span of s, or "".
		check func(s subject.Subject, server otlptest.Span) string
	}{
		{"SAMESPAN_ROUTE_FORMAT=braces", nil, func(_ subject.Subject, server otlptest.Span) string {
			return describeDifference("route", server.Attr("http.route"), "/process/{item_id}")
		}},
		{"SAMESPAN_PUBLIC_ENDPOINT=true", []string{traceparentHeader}, func(_ subject.Subject, server otlptest.Span) string {
			return describeDifference("links of a root", fmt.Sprint(server.ParentID(), len(server.Links())), "1")
		}},
		{"SAMESPAN_TRUSTED_PROXIES=127.0.0.0/8", []string{"X-Forwarded-For: 203.0.113.9"}, func(_ subject.Subject, server otlptest.Span) string {
			return describeDifference("client", server.Attr("client.address"), "203.0.113.9")
		}},
		{"SAMESPAN_NESTING=outer", nil, func(s subject.Subject, server otlptest.Span) string {
			return describeDifference("name", server.Name(), "GET "+s.Process)
		}},
		{"SAMESPAN_NESTING=twice", nil, func(s subject.Subject, server otlptest.Span) string {
			return describeDifference("name", server.Name(), "GET "+s.Process)
		}},
		{"SAMESPAN_HOOKS=name", nil, func(_ subject.Subject, server otlptest.Span) string {
			return describeDifference("name", server.Name(), "hooked") + describeDifference("attribute", server.Attr("hook.attribute"), "yes")
		}},
		{"SAMESPAN_HOOKS=panic", nil, func(s subject.Subject, server otlptest.Span) string {
			return describeDifference("name", server.Name(), "GET "+s.Process) + describeDifference("attribute", server.Attr("hook.attribute"), nil)
		}},
		{"SAMESPAN_SAMPLER=/files/", nil, func(_ subject.Subject, server otlptest.Span) string {
			given, _ := server.Attr("sampler.attributes").(string)
			return describeDifference("that the sampler is given url.path", strings.Contains(given, "url.path"), true)
		}},
		{"SAMESPAN_SENSITIVE_QUERY_KEYS=token,q", nil, func(_ subject.Subject, server otlptest.Span) string {
			return describeDifference("query", server.Attr("url.query"), "q=REDACTED")
		}},
		{"SAMESPAN_QUERY=off", nil, func(_ subject.Subject, server otlptest.Span) string {
			return describeDifference("query", server.Attr("url.query"), nil)
		}},
	}
	for _, test := range tests {
		t.Run(test.variable, func(t *testing.T) {
			name, value, _ := strings.Cut(test.variable, "=")
			t.Setenv(name, value)
			forEachSubject(t, func(t *testing.T, s subject.Subject) {
				r := startSubject(t, s)
				if status, _, _ := r.send(newGetRequest("/process/1?q=1", test.headers...)); status != 200 {
					t.Errorf("got status %d, want 200", status)
				}
				found := serverSpans(r.stopAndGetSpans())
				if len(found) != 1 {
					t.Fatalf("got %d server spans, want 1:\n%v", len(found), r.collector.Snapshot())
				}
				if problem := test.check(s, found[0]); problem != "" {
					t.Error(problem)
				}
			})
		})
	}
}

// describeDifference returns a message that begins with what, or "" if got equals want.
func describeDifference(what string, got, want any) string {
	if got == want {
		return ""
	}
	return fmt.Sprintf("%s: got %v, want %v; ", what, got, want)
}

func TestBadVariablesAreRefusedAtStart(t *testing.T) {
	for _, variable := range []string{
		"SAMESPAN_BARE=perhaps", "SAMESPAN_ROUTE_FORMAT=colons", "SAMESPAN_PUBLIC_ENDPOINT=maybe",
		"SAMESPAN_TRUSTED_PROXIES=everyone", "SAMESPAN_NESTING=sideways", "SAMESPAN_HOOKS=both",
		"SAMESPAN_SAMPLER=files", "SAMESPAN_QUERY=on", "SAMESPAN_OPT_IN=everything", "SAMESPAN_RECOVERY=soon", "SAMESPAN_OUTSIDE=client",
		"SAMESPAN_REWRITE=both", "SAMESPAN_SLUG=perhaps",
	} {
		t.Run(variable, func(t *testing.T) {
			name, value, _ := strings.Cut(variable, "=")
			t.Setenv(name, value)
			t.Setenv("OTEL_TRACES_EXPORTER", "none")
			t.Setenv("OTEL_METRICS_EXPORTER", "none")
			err := subject.All[0].Run(t.Context(), "127.0.0.1:0", "", nil, core.WithLogger(slog.New(slog.DiscardHandler)))
			if err == nil || !strings.Contains(err.Error(), value) {
				t.Errorf("got %v, want an error that names %s", err, variable)
			}
		})
	}
}

// TestServiceVariablesApplyWithoutInstrumentation checks the variables that change the
// service itself. They must have the same effect with and without instrumentation.
func TestServiceVariablesApplyWithoutInstrumentation(t *testing.T) {
	tests := []struct {
		variable   string
		rawRequest rawRequest
		status     int
		body       string
	}{
		{"SAMESPAN_RECOVERY=503", newGetRequest("/panic"), 503, ""},
		{"SAMESPAN_OUTSIDE=internal", newGetRequest("/status/202"), 202, "status 202"},
		{"SAMESPAN_OUTSIDE=server", newGetRequest("/status/202"), 202, "status 202"},
		{"SAMESPAN_REWRITE=outside", newGetRequest("/status/200", "X-Rewrite: GET /status/203"), 203, "status 203"},
		{"SAMESPAN_REWRITE=inside", newGetRequest("/status/200", "X-Rewrite: POST /release"), 200, "released"},
		{"SAMESPAN_SLUG=true", newGetRequest("/any"), 200, "slug"},
		{"SAMESPAN_SLUG=", newGetRequest("/any"), 404, ""},
	}
	for _, test := range tests {
		for _, bare := range []string{"", "true"} {
			t.Run(test.variable+",bare="+bare, func(t *testing.T) {
				name, value, _ := strings.Cut(test.variable, "=")
				t.Setenv(name, value)
				t.Setenv("SAMESPAN_BARE", bare)
				forEachSubject(t, func(t *testing.T, s subject.Subject) {
					r := startSubject(t, s)
					if status, body, _ := r.send(test.rawRequest); status != test.status || test.body != "" && body != test.body {
						t.Errorf("got %d %q, want %d %q", status, body, test.status, test.body)
					}
				})
			})
		}
	}
}
