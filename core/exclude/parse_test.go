package exclude

import (
	"strings"
	"testing"
)

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ rule, want string }{
		{"", "is empty"},
		{" , ,", "is empty"},
		{"GET ", "method without a path"},
		{"GET", "method without a path"},
		{"/", `"=/" for the root`},
		{"//", `"//"`},
		{"/a//*", `"//"`},
		{`ݙ"/`, "quotation"},
		{"GET /", "whole service"},
		{"*", `"/**" for everything`},
		{"=", `"=/" for the root`},
		{"=/a/*", "without wildcards"},
		{"/a/**.css", `"**" inside`},
		{"/a/***", `"**" inside`},
		{"healthz metrics", "commas"},
		{"/healthz /metrics", "commas"},
		{"GET POST /x", "one method"},
		{"get /x", `write "GET /x"`},
		{"/x?a=b", "queries are never matched"},
		{"/x#y", "fragments"},
		{"http://example.com/healthz", "host"},
		{"//example.com/healthz", "host"},
		{"example.com/healthz", "host"},
		{"metrics.example.com", "host"},
		{"localhost/healthz", "host"},
		{"localhost:8080", "host"},
		{":8080/healthz", "host"},
		{"10.0.0.1/healthz", "host"},
		{"[::1]/healthz", "host"},
		{"^/healthz", `begin it with "~"`},
		{"/healthz$", `begin it with "~"`},
		{"client/.*/info", `begin it with "~"`},
		{"health|ready", `begin it with "~"`},
		{"/process/:id", "route template"},
		{"/process/{id}", "route template"},
		{"/a%20b", "decoded"},
		{`"healthz`, "quotation mark"},
		{"'/docs'", "quotation mark"},
		{"!/healthz", "negated"},
		{"Agent:curl", `"agent:kube-probe/"`},
		{"user-agent:curl", `"agent:kube-probe/"`},
		{"agent:", "every client"},
		{"agent:curl/*", `write "agent:curl/"`},
		{"~", "no expression"},
		{"~(a,b", "RE2"},
		{"~a(?=b)", "RE2"},
		{"~a{,b", "has an unclosed bracket"},
		{"~https?://x/y", "never matched"},
		{"~.*", "every path"},
		{"~^/.*", "every path"},
		{"~^.*$", "every path"},
		{"~^/.*$", "every path"},
		{"~.*?$", "every path"},
		{"~.", "every path"},
		{"~^.+$", "every path"},
		{"~healthz|", "every path"},
		{"~/", "every path"},
		{"~(a?b*){2}c{0,3}", "every path"},
		{"/a\xff", "UTF-8"},
		{"agent:\xff", "UTF-8"},
	} {
		rules, err := Parse("/good", test.rule)
		if rules != nil || err == nil {
			t.Errorf("Parse(%q): got %v, want an error with %q", test.rule, rules, test.want)
			continue
		}
		if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "exclude: rule ") {
			t.Errorf("Parse(%q): got error %q, want one with %q", test.rule, err, test.want)
		}
	}
}

// TestExpressionForSomePathsIsAccepted proves that expressions for some paths are accepted,
// even if they look like one for all.
func TestExpressionForSomePathsIsAccepted(t *testing.T) {
	for _, expression := range []string{"^/$", "^/.+$", "^/.+", "..", "^/[^/]*$", "^/.*a$", ".+/$", "^.$"} {
		rules := mustParse(t, "~"+expression)
		excluded := 0
		for _, path := range []string{"/", "/a", "/bc/", "/b/c"} {
			if rules.Match("GET", path, "") {
				excluded++
			}
		}
		if excluded == 0 || excluded == 4 {
			t.Errorf("%s: got %d of 4 paths excluded, want some", expression, excluded)
		}
	}
}

func TestParseReportsEveryBadRule(t *testing.T) {
	_, err := Parse("/,healthz,~[", "", "/a?b")
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{`rule "/"`, `rule "~["`, `rule ""`, `rule "/a?b"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got error\n%v\nwant it to name %s", err, want)
		}
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != 4 {
		t.Errorf("got %d lines, want 4:\n%v", lines, err)
	}
}

func TestStringNormalizesRules(t *testing.T) {
	for _, test := range []struct {
		rules []string
		want  string
		len   int
	}{
		{nil, "", 0},
		{[]string{"healthz , metrics,,docs/,"}, "/healthz,/metrics,/docs", 3},
		{[]string{"=a", "**/b", "x/*"}, "=/a,/**/b,/x/*", 3},
		{[]string{"~^/a{1,3}$", "GET \t b", "POST ~c,agent: d e"}, "~^/a{1,3}$,GET /b,POST ~c,agent:d e", 4},
		{[]string{"a,a"}, "/a,/a", 2},
	} {
		rules := mustParse(t, test.rules...)
		if got := rules.String(); got != test.want {
			t.Errorf("Parse(%q): String() = %q, want %q", test.rules, got, test.want)
		}
		if got := rules.Len(); got != test.len {
			t.Errorf("Parse(%q): Len() = %d, want %d", test.rules, got, test.len)
		}
		if test.want == "" {
			continue
		}
		if got := mustParse(t, test.want).String(); got != test.want {
			t.Errorf("Parse(%q): String() = %q, want it unchanged", test.want, got)
		}
	}
}
