package exclude

import (
	"strings"
	"testing"
)

func mustParse(t testing.TB, rules ...string) *Rules {
	t.Helper()
	parsed, err := Parse(rules...)
	if err != nil {
		t.Fatalf("Parse(%q): %v", rules, err)
	}
	return parsed
}

func TestMatchPath(t *testing.T) {
	for _, test := range []struct {
		rules                 string
		matching, notMatching []string
	}{
		{
			"healthz",
			[]string{"/healthz", "/healthz/", "/healthz/live", "/healthz//live"},
			[]string{"/healthzz", "/process/healthz", "/health", "/", "", "*", "/Healthz", "/a?/healthz"},
		},
		{"/healthz", []string{"/healthz", "/healthz/live"}, []string{"/healthzz"}},
		{"/healthz/", []string{"/healthz", "/healthz/", "/healthz/live"}, []string{"/healthzz"}},
		{
			"/api/health",
			[]string{"/api/health", "/api/health/x"},
			[]string{"/api", "/api/", "/api/healthy", "/health", "/api//health"},
		},
		{
			"healthz,metrics,docs",
			[]string{"/healthz", "/metrics", "/docs", "/docs/oauth2"},
			[]string{"/process/docs", "/docsx", "/metric", "/"},
		},
		{"favicon.ico", []string{"/favicon.ico"}, []string{"/favicon_ico"}},
		{"/example.com/a", []string{"/example.com/a"}, []string{"/a"}},
		{"/grüße", []string{"/grüße", "/grüße/a"}, []string{"/gr"}},
		{"=/healthz", []string{"/healthz"}, []string{"/healthz/", "/healthz/live", "/x/healthz"}},
		{"=healthz", []string{"/healthz"}, []string{"/healthz/"}},
		{"=/docs/", []string{"/docs/"}, []string{"/docs"}},
		{"=/", []string{"/", ""}, []string{"/a", "//"}},
		{
			"/api/*/healthz",
			[]string{"/api/v1/healthz", "/api/v1/healthz/"},
			[]string{"/api/healthz", "/api//healthz", "/api/a/b/healthz", "/api/v1/healthz/live", "/x/api/v1/healthz", "/api/v1/healthz//"},
		},
		{
			"**/healthz",
			[]string{"/healthz", "/a/healthz", "/a/b/healthz/", "//healthz"},
			[]string{"/healthz/live", "/ahealthz", "/a/healthzz", "/"},
		},
		{"/docs/**", []string{"/docs", "/docs/", "/docs/a", "/docs/a/b"}, []string{"/doc", "/docsx", "/a/docs"}},
		{"/**", []string{"/", "", "/a", "/a/b/", "//"}, []string{"*"}},
		{"**", []string{"/", "/a"}, nil},
		{"/*", []string{"/a", "/a/"}, []string{"/", "/a/b", "//"}},
		{"/*/", []string{"/a", "/a/"}, []string{"/", "/a/b"}},
		{
			"/static/*.css",
			[]string{"/static/a.css", "/static/.css", "/static/a.b.css", "/static/a.css.css"},
			[]string{"/static/a/b.css", "/static/a.cs", "/static/a.cssx"},
		},
		{"/a*b*c", []string{"/abc", "/axbxc", "/abbcc"}, []string{"/ab", "/abcd", "/a/b/c"}},
		{"/a/**/b/**/c", []string{"/a/b/c", "/a/x/b/y/z/c", "/a/b/b/c/c"}, []string{"/a/c", "/a/b", "/a/c/b"}},
		{"/a/**/*/c", []string{"/a/b/c", "/a/b/b/c"}, []string{"/a/c"}},
		{"/report.*", []string{"/report.pdf"}, []string{"/report"}},
		{`~^/internal/.*/ping$`, []string{"/internal/a/ping", "/internal/a/b/ping"}, []string{"/internal/ping", "/x/internal/a/ping"}},
		{`~health`, []string{"/a/health", "/healthy", "/x-health-y"}, []string{"/Health"}},
		{`~(?i)health`, []string{"/Health"}, nil},
		{`~^\*$`, []string{"*"}, []string{"/*"}},
		{`~^/a{1,3}$,/b`, []string{"/a", "/aaa", "/b"}, []string{"/aaaa"}},
		{`~^/[,(]$ , ~^/(x,y|z)$`, []string{"/,", "/(", "/x,y", "/z"}, []string{"/x"}},
		{`~^/\Q(,\E$,c`, []string{"/(,", "/c"}, []string{"/("}},
		{`~^/a\,b$`, []string{"/a,b"}, nil},
		{`~^/[]),]$,~^/[[:alpha:],]x$`, []string{"/]", "/,", "/,x", "/qx"}, []string{"/x"}},
	} {
		t.Run(test.rules, func(t *testing.T) {
			rules := mustParse(t, test.rules)
			reparsed := mustParse(t, rules.String())
			for _, parsed := range []*Rules{rules, reparsed} {
				for _, path := range test.matching {
					if !parsed.Match("GET", path, "") {
						t.Errorf("rules %q: path %q is not excluded, want excluded", parsed, path)
					}
				}
				for _, path := range test.notMatching {
					if parsed.Match("GET", path, "") {
						t.Errorf("rules %q: path %q is excluded, want not", parsed, path)
					}
				}
			}
		})
	}
}

func TestMatchMethodAndAgent(t *testing.T) {
	for _, test := range []struct {
		rules               string
		method, path, agent string
		want                bool
	}{
		{"GET /healthz", "GET", "/healthz", "", true},
		{"GET /healthz", "GET", "/healthz/live", "", true},
		{"GET /healthz", "HEAD", "/healthz", "", false},
		{"GET /healthz", "get", "/healthz", "", false},
		{"GET\t /healthz", "GET", "/healthz", "", true},
		{"GET =/", "GET", "/", "", true},
		{"GET =/", "POST", "/", "", false},
		{"OPTIONS /**", "OPTIONS", "/any/path", "", true},
		{"M-SEARCH ~^/a{1,2}$", "M-SEARCH", "/aa", "", true},
		{"POST /a,GET /b,/c", "GET", "/a", "", false},
		{"POST /a,GET /b,/c", "GET", "/b", "", true},
		{"POST /a,GET /b,/c", "DELETE", "/c", "", true},
		{"agent:kube-probe/", "GET", "/", "kube-probe/1.33", true},
		{"agent:kube-probe/", "GET", "/", "Kube-Probe/1.33", false},
		{"agent:kube-probe/", "GET", "/", "my kube-probe/1.33", false},
		{"agent:kube-probe/", "GET", "/kube-probe/", "", false},
		{"agent: Some Bot/1 (a", "GET", "/", "Some Bot/1 (a; b)", true},
		{"GET agent:curl/", "GET", "/", "curl/8", true},
		{"GET agent:curl/", "POST", "/", "curl/8", false},
	} {
		rules := mustParse(t, test.rules)
		for _, parsed := range []*Rules{rules, mustParse(t, rules.String())} {
			if got := parsed.Match(test.method, test.path, test.agent); got != test.want {
				t.Errorf("rules %q: Match(%q, %q, %q) = %v, want %v", parsed, test.method, test.path, test.agent, got, test.want)
			}
			if got := parsed.MatchBytes([]byte(test.method), []byte(test.path), []byte(test.agent)); got != test.want {
				t.Errorf("rules %q: MatchBytes(%q, %q, %q) = %v, want %v", parsed, test.method, test.path, test.agent, got, test.want)
			}
		}
		if got, want := rules.UsesUserAgent(), strings.Contains(test.rules, "agent:"); got != want {
			t.Errorf("rules %q: UsesUserAgent() = %v, want %v", rules, got, want)
		}
	}
}

func TestEmptyRulesMatchNothing(t *testing.T) {
	var nilRules *Rules
	for _, rules := range []*Rules{nilRules, {}, mustParse(t)} {
		if rules.Match("GET", "/", "") || rules.MatchBytes(nil, nil, nil) || rules.UsesUserAgent() || rules.Len() != 0 || rules.String() != "" {
			t.Errorf("rules %#v: match something, want nothing", rules)
		}
	}
}

// TestMatchDoesNotAllocate proves that a match does not allocate. With the race detector,
// the test omits expressions, because the sync.Pool of package regexp then drops values at
// random.
func TestMatchDoesNotAllocate(t *testing.T) {
	withoutPatterns := "healthz,metrics,docs,=/a/b,GET /only,agent:kube-probe/"
	list := withoutPatterns + ",/api/*/healthz,**/x*y*z"
	if !raceEnabled {
		list += ",~^/internal/.*/ping$"
	}
	rules, plainRules := mustParse(t, list), mustParse(t, withoutPatterns)
	method, userAgent := []byte("GET"), []byte("Mozilla/5.0 (X11; Linux x86_64) of more than 32 bytes")
	long := "/" + strings.Repeat("a/", 1000)
	for _, path := range []string{"/healthz/live", "/process/12345", "/a/b", "/api/v1/healthz", "/internal/a/ping", long, ""} {
		if got := testing.AllocsPerRun(100, func() { rules.Match("GET", path, "Mozilla/5.0") }); got != 0 {
			t.Errorf("Match(%.20q): got %v allocations, want 0", path, got)
		}
		bytes := []byte(path)
		if got := testing.AllocsPerRun(100, func() { plainRules.MatchBytes(method, bytes, userAgent) }); got != 0 {
			t.Errorf("MatchBytes(%.20q): got %v allocations, want 0", path, got)
		}
	}
}
