package exclude

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// fuzzRules are lists of rules, some of which are invalid.
var fuzzRules = []string{
	"healthz,metrics,docs", "/healthz/", "=/healthz", "=/", "/api/*/healthz", "**/healthz", "/**", "/a/**/b*c/**",
	`~^/internal/.*/ping$`, "~^/a{1,3}$,/b", `~^/\Q(,\E$`, "~[],]", "~(", "GET /healthz", "GET ~a,b", "agent:kube-probe/",
	"agent:a b", "", ",", "GET ", "/", "*", "http://h/p", "/a?b", "/a#b", "/a\xff", "POST GET /a", "localhost:80/a", "~[[:alpha:],]x", `ݙ"/`, "**//**",
}

// fuzzPaths are paths as a client sends them.
var fuzzPaths = []string{
	"", "/", "//", "*", "/healthz", "/healthz/", "/healthzz", "/api/v1/healthz", "/a/x/bzc/d", "/internal/a/ping", "/aaa", "/\xff", "/a//b",
}

// FuzzParse asserts that the result of String parses again, to rules that match
// the same requests.
func FuzzParse(f *testing.F) {
	for i, list := range fuzzRules {
		f.Add(list, "GET", fuzzPaths[i%len(fuzzPaths)], "kube-probe/1.33")
	}
	f.Fuzz(func(t *testing.T, list, method, sent, userAgent string) {
		rules, err := Parse(list)
		if err != nil {
			if rules != nil || err.Error() == "" {
				t.Fatalf("Parse(%q) = %v, %v, want no rules with the error", list, rules, err)
			}
			return
		}
		text := rules.String()
		reparsed, err := Parse(text)
		if err != nil {
			t.Fatalf("Parse(%q) gave %q, which does not parse: %v", list, text, err)
		}
		if reparsed.String() != text || reparsed.Len() != rules.Len() || reparsed.UsesUserAgent() != rules.UsesUserAgent() {
			t.Fatalf("Parse(%q) gave %q, which gave %q", list, text, reparsed)
		}
		for _, path := range append(fuzzPaths, sent) {
			got, want := reparsed.Match(method, path, userAgent), rules.Match(method, path, userAgent)
			if got != want {
				t.Fatalf("rules %q: Match(%q, %q, %q) = %v, want %v as before String", text, method, path, userAgent, got, want)
			}
			if got := rules.MatchBytes([]byte(method), []byte(path), []byte(userAgent)); got != want {
				t.Fatalf("rules %q: MatchBytes(%q, %q, %q) = %v, want %v as of strings", text, method, path, userAgent, got, want)
			}
		}
	})
}

// FuzzMatch checks that globs match the same paths as equivalent regular expressions, and
// that prefix and exact rules match as they are defined.
func FuzzMatch(f *testing.F) {
	for _, rule := range fuzzRules {
		for _, sent := range fuzzPaths {
			f.Add(rule, sent)
		}
	}
	f.Add("/**/a*a*a/**/b", "/a/aaa/b/aaaa/c/b")
	f.Fuzz(func(t *testing.T, text, sent string) {
		rules, err := Parse(text)
		if err != nil || rules.Len() != 1 || rules.list[0].method != "" {
			return
		}
		// Skip rules with RuneError: in package regexp, this rune also matches an invalid
		// byte of the path.
		if strings.ContainsRune(text, utf8.RuneError) {
			return
		}
		// FuzzEvasion covers paths with escapes, other separators and dot segments.
		if normalizeSeparators(sent) != sent || strings.Contains(sent, "%") || hasDotSegment(sent) {
			return
		}
		parsedRule := rules.list[0]
		fullPath := sent
		if fullPath == "" {
			fullPath = "/"
		}
		var want bool
		switch parsedRule.kind {
		case kindGlob:
			want = globRegexp(parsedRule.text).MatchString(fullPath)
		case kindPrefix:
			want = fullPath == parsedRule.text || strings.HasPrefix(fullPath, parsedRule.text+"/")
		case kindExact:
			want = fullPath == parsedRule.text
		case kindExpression, kindAgent:
			return
		}
		if got := rules.Match("GET", sent, ""); got != want {
			t.Fatalf("rule %q: Match(%q) = %v, want %v", rules, sent, got, want)
		}
	})
}

// FuzzAgent checks that a User-Agent rule matches exactly the values with its prefix.
func FuzzAgent(f *testing.F) {
	for _, prefix := range []string{"kube-probe/", "a b", "", "a*", "a,b", "\xff", "agent:", " x ", "K"} {
		f.Add(prefix, "kube-probe/1.33")
		f.Add(prefix, prefix+"\xff\x00")
	}
	f.Fuzz(func(t *testing.T, prefix, userAgent string) {
		rules, err := Parse(agentPrefix + prefix)
		if err != nil || rules.Len() != 1 || rules.list[0].kind != kindAgent {
			return
		}
		if !rules.UsesUserAgent() {
			t.Errorf("agent:%s: does not say that it uses the User-Agent", prefix)
		}
		want := strings.HasPrefix(userAgent, rules.list[0].text)
		for _, sent := range fuzzPaths {
			if got := rules.Match("GET", sent, userAgent); got != want {
				t.Errorf("agent:%s: Match(%q, %q) = %v, want %v", prefix, sent, userAgent, got, want)
			}
		}
		if rules.list[0].text == "" || rules.Match("GET", "/", "") {
			t.Errorf("agent:%s: excludes who sends no User-Agent", prefix)
		}
	})
}

// globRegexp returns a regular expression that is equivalent to the glob text, which must
// begin with a slash.
func globRegexp(text string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for segment := range strings.SplitSeq(text[1:], "/") {
		switch segment {
		case "**":
			b.WriteString(`(?:/[^/]*)*?`)
		case "*":
			b.WriteString(`/[^/]+`)
		default:
			b.WriteString("/" + strings.ReplaceAll(regexp.QuoteMeta(segment), `\*`, `[^/]*`))
		}
	}
	// The optional slash at the end also matches the root path "/".
	b.WriteString(`/?\z`)
	return regexp.MustCompile(b.String())
}

// TestNoPathMakesMatchSlow proves that no path makes a match slow. Its paths are designed
// to cause much backtracking. If matching took exponential time, or quadratic time in the
// length of the path, the test would take minutes.
func TestNoPathMakesMatchSlow(t *testing.T) {
	const size = 1 << 20
	rules := mustParse(t,
		"/a/b/c", "=/a", "GET /x/y",
		"/"+strings.Repeat("**/", 20)+"x",
		"/"+strings.Repeat("**/a/", 20)+"x",
		"/"+strings.Repeat("a*", 20)+"x",
		"/**/"+strings.Repeat("*/", 20)+"x",
		`~^(/a+)+x$`,
	)
	for name, sent := range map[string]string{
		"slashes":  strings.Repeat("/", size),
		"segments": strings.Repeat("/a", size/2),
		"letters":  "/" + strings.Repeat("a", size),
		"mixed":    strings.Repeat("/aaaaaaaa", size/9),
	} {
		began := time.Now()
		if rules.Match("GET", sent, "") {
			t.Errorf("%s: excluded, want not", name)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: took %v for a path of a megabyte", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

// FuzzEvasion checks that an excluded path is still below the path of a rule after a router
// or a file server has decoded it, cleaned it, or replaced backslashes by slashes.
func FuzzEvasion(f *testing.F) {
	for _, sent := range []string{
		"/healthz", "/health%7a", "/%zz", "/docs%2Fx", "/docs/%2e%2e/x", "/docs/..%2fx", "/docs/a%5c..%5c..%5cx", `/docs\..\x`,
		"/docs/.%2E;a=b/x", "//docs", "/docs//..//x", "/DOCS/a%2Fb", "/docs/%252e%252e/x", "/d%6fcs/\xff..\xff",
	} {
		f.Add(sent)
	}
	allRules, err := Parse("healthz,metrics,docs")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		for routing := range Routing(Routings) {
			rules := allRules.For(routing)
			got := rules.Match("GET", sent, "")
			if bytes := rules.MatchBytes([]byte("GET"), []byte(sent), nil); bytes != got {
				t.Fatalf("%q: got %v of bytes, want %v", sent, bytes, got)
			}
			if !got {
				continue
			}
			decoded, err := url.PathUnescape(sent)
			if err != nil {
				decoded = sent
			}
			for _, served := range []string{decoded, path.Clean(decoded), path.Clean(strings.ReplaceAll(decoded, `\`, "/"))} {
				if routing&IgnoreCase != 0 {
					served = strings.ToLower(served)
				}
				segments := strings.Split(served, "/")
				if len(segments) < 2 || segments[0] != "" || !slices.Contains([]string{"healthz", "metrics", "docs"}, segments[1]) {
					t.Errorf("%q: excluded, but served as %q", sent, served)
				}
			}
		}
	})
}
