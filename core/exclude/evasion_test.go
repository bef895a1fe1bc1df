package exclude

import (
	"strings"
	"testing"
)

// TestClientCannotHideRequest proves that a client cannot hide a request: a path that matches
// a rule as text, but that a router may serve as another path, is not excluded.
func TestClientCannotHideRequest(t *testing.T) {
	const list = "healthz,metrics,docs,=/a/b,/api/*/ping,**/livez,~^/in.*al$,~^/admin/,/files/**"
	for _, test := range []struct {
		path string
		want bool
	}{
		{"/healthz", true},
		{"//healthz", false},
		{"/healthz/..%2f..%2fsecret", false},
		{"/healthz/../x", false},
		{"/healthz/..", false},
		{"/healthz/.", false},
		{"/healthz/./live", false},
		{"/docs%2Fx", false},
		{"/docs%2fx", false},
		{"/docs%5Cx", false},
		{`/docs\x`, false},
		{"/metrics%2F..%2Fx", false},
		{"/docs/%2e%2e/secret.txt", false},
		{"/docs/.%2e/secret.txt", false},
		{"/docs/.%2E/secret.txt", false},
		{"/docs/%2E./secret.txt", false},
		{"/docs/../secret.txt", false},
		{"/docs//../../secret.txt", false},
		{"/docs/a%2F..%2F..%2Fsecret.txt", false},
		{`/docs/..\secret.txt`, false},
		{`/docs/a\..\..\secret.txt`, false},
		{"/docs/a%5C..%5C..%5Csecret.txt", false},
		{"/docs/..;/secret.txt", false},
		{"/docs/..;a=b/secret.txt", false},
		{"/docs;a=b/x", false},
		{"/docs./x", false},
		{"/docs%00/x", false},
		{"/docs%20/x", false},
		{"/docs%3Fx", false},
		{"/docs%252Fx", false},
		// Every router serves the following paths below the path of the rule.
		{"/docs/a%2Fb", true},
		{"/docs/a%20b", true},
		{"/docs/.well-known", true},
		{"/docs/..well", true},
		{"/docs/...", true},
		{"/docs/a..b/", true},
		{"/docs//x", true},
		{"/docs/a;b=c", true},
		{"/docs/%zz", true},
		{"/docs/%", true},
		{"/d%6fcs/%", false},
		{"/docs/%2e%2e/%zz", false},
		{"/a/b", true},
		{"/a%2Fb", false},
		{"/a/./b", false},
		{"/api/v1/ping", true},
		{"/api/v1%2Fx/ping", false},
		{"/api/../ping", false},
		{"/api/%2e%2e/ping", false},
		{"/x/livez", true},
		{"/x%2Flivez", false},
		{"/x/../livez", false},
		{"/intern/al", true},
		{"/intern%2Fal", true}, // the expression matches whether or not %2F separates segments
		{"/in%2F..%2Fal", false},
		{"/in/../al", false},
		{"/admin/x", true},
		{"/admin%2Fx", false},
		{`/admin\x`, false},
		{"/files/a%2Fb", true},
		{"/files%2Fb", false},
		{"/files/%5C../b", false},
	} {
		rules := mustParse(t, list)
		if got := rules.Match("GET", test.path, ""); got != test.want {
			t.Errorf("Match(%q) = %v, want %v", test.path, got, test.want)
		}
		if got := rules.MatchBytes([]byte("GET"), []byte(test.path), nil); got != test.want {
			t.Errorf("MatchBytes(%q) = %v, want %v", test.path, got, test.want)
		}
	}
}

// TestRawMatchesOnlyPathsEscapedByNetURL proves that with Raw, a rule for /grüße matches an
// escaped path only if net/url escapes the decoded path in the same way. Otherwise net/url
// keeps the path as it was sent, and the router compares that path without decoding it.
func TestRawMatchesOnlyPathsEscapedByNetURL(t *testing.T) {
	rules := mustParse(t, "/grüße").For(Raw)
	for path, want := range map[string]bool{
		"/gr%C3%BC%C3%9Fe":       true,
		"/gr%C3%BC%C3%9Fe/a":     true,
		"/gr%C3%BC%C3%9Fe/a%20b": true,
		"/gr%C3%BC%C3%9Fe/!":     false,
		"/gr%C3%BC%C3%9Fe/a%2Fb": false,
		"/gr%C3%BC%C3%9Fe/[":     false,
	} {
		if got := rules.Match("GET", path, ""); got != want {
			t.Errorf("Match(%q) = %v, want %v", path, got, want)
		}
	}
}

// TestConnectMatchesOnlyRulesForEveryPath proves that a CONNECT request, whose target has no
// path, is excluded only by rules that match every path, and not by rules for the root.
func TestConnectMatchesOnlyRulesForEveryPath(t *testing.T) {
	for _, test := range []struct {
		rule string
		want bool
	}{
		{"=/", false},
		{"~^/$", false},
		{"/*", false},
		{"CONNECT =/", false},
		{"/**", true},
		{"CONNECT /**", true},
		{"GET /**", false},
		{"agent:probe/", true},
	} {
		rules := mustParse(t, test.rule)
		if got := rules.Match("CONNECT", "", "probe/1"); got != test.want {
			t.Errorf("rule %q: Match = %v, want %v", test.rule, got, test.want)
		}
		if got := rules.MatchBytes([]byte("CONNECT"), nil, []byte("probe/1")); got != test.want {
			t.Errorf("rule %q: MatchBytes = %v, want %v", test.rule, got, test.want)
		}
	}
}

func TestMatchFollowsRouting(t *testing.T) {
	const list = "healthz,=/Exact,/API/*/ping,~^/In[a-z]*$,/my~file*,/grüße,GET /Only,agent:Probe/"
	tests := []struct {
		path                                             string
		decoded, ignoringCase, rawRouting, rawAndFolding bool
	}{
		{"/healthz", true, true, true, true},
		{"/HEALTHZ", false, true, false, true},
		{"/Healthz/LIVE", false, true, false, true},
		{"/%68ealthz", true, true, false, false},
		{"/%48EALTHZ", false, true, false, false},
		{"/healthz/%61", true, true, false, false},
		{"/HEALTHZ/../x", false, false, false, false},
		{"/HEALTHZ%2Fx", false, false, false, false},
		{"/Exact", true, true, true, true},
		{"/eXACT", false, true, false, true},
		{"/api/v1/PING", false, true, false, true},
		{"/API/v1/ping", true, true, true, true},
		{"/INSIDE", false, true, false, true},
		{"/Inside", true, true, true, true},
		{"/In%E2%84%AA", false, false, false, false},
		{"/my~file%20x", true, true, true, true},
		{"/MY~FILE%20X", false, true, false, true},
		{"/my%7efile", true, true, false, false},
		{"/gr%C3%BC%C3%9Fe", true, true, true, true},
		{"/gr%c3%bc%c3%9fe", true, true, false, false},
		{"/GR%C3%BC%C3%9FE", false, true, false, true},
		{"/only", false, true, false, true},
	}
	rules := mustParse(t, list)
	for _, test := range tests {
		for routing, want := range map[Routing]bool{
			0: test.decoded, IgnoreCase: test.ignoringCase, Raw: test.rawRouting, IgnoreCase | Raw: test.rawAndFolding,
		} {
			if got := rules.For(routing).Match("GET", test.path, ""); got != want {
				t.Errorf("routing %b: Match(%q) = %v, want %v", routing, test.path, got, want)
			}
		}
	}
	folding := rules.For(IgnoreCase)
	if folding.String() != rules.String() || folding.For(0).Match("GET", "/HEALTHZ", "") {
		t.Errorf("got rules %q that cannot be turned back into %q", folding, rules)
	}
	if folding.Match("get", "/only", "") || folding.Match("GET", "/", "probe/1") {
		t.Error("methods and agents are compared without their case")
	}
	if (*Rules)(nil).For(Raw) != nil {
		t.Error("got rules of none")
	}
}

func TestMatchOfShortEscapedPathDoesNotAllocate(t *testing.T) {
	rules := mustParse(t, "healthz,metrics,docs,=/a/b,GET /only").For(IgnoreCase)
	path := []byte("/HEALTHZ/%20" + strings.Repeat("a", 64))
	if got := testing.AllocsPerRun(100, func() { rules.MatchBytes([]byte("GET"), path, nil) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}
