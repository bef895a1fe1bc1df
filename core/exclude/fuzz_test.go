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

var fuzzRules = []string{
	"healthz,metrics,docs", "/healthz/", "=/healthz", "=/", "/api/*/healthz", "**/healthz", "/**", "/a/**/b*c/**",
	`~^/internal/.*/ping$`, "~^/a{1,3}$,/b", `~^/\Q(,\E$`, "~[],]", "~(", "GET /healthz", "GET ~a,b", "agent:kube-probe/",
	"agent:a b", "", ",", "GET ", "/", "*", "http://h/p", "/a?b", "/a#b", "/a\xff", "POST GET /a", "localhost:80/a", "~[[:alpha:],]x", `ݙ"/`, "**//**",
}

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
		again, err := Parse(text)
		if err != nil {
			t.Fatalf("Parse(%q) gave %q, which does not parse: %v", list, text, err)
		}
		if again.String() != text || again.Len() != rules.Len() || again.UsesUserAgent() != rules.UsesUserAgent() {
			t.Fatalf("Parse(%q) gave %q, which gave %q", list, text, again)
		}
		for _, each := range append(fuzzPaths, sent) {
			got, want := again.Match(method, each, userAgent), rules.Match(method, each, userAgent)
			if got != want {
				t.Fatalf("rules %q: Match(%q, %q, %q) = %v, want %v as before String", text, method, each, userAgent, got, want)
			}
			if got := rules.MatchBytes([]byte(method), []byte(each), []byte(userAgent)); got != want {
				t.Fatalf("rules %q: MatchBytes(%q, %q, %q) = %v, want %v as of strings", text, method, each, userAgent, got, want)
			}
		}
	})
}

// FuzzMatch compares globs with equivalent regular expressions, and prefixes
// with their definition.
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
		// regexp takes an invalid byte of the path for this rune.
		if strings.ContainsRune(text, utf8.RuneError) {
			return
		}
		// FuzzEvasion covers these.
		if normalizeSeparators(sent) != sent || strings.Contains(sent, "%") || hasDotSegment(sent) {
			return
		}
		parsed := rules.list[0]
		full := sent
		if full == "" {
			full = "/"
		}
		var want bool
		switch parsed.kind {
		case kindGlob:
			want = referenceGlob(parsed.text).MatchString(full)
		case kindPrefix:
			want = full == parsed.text || strings.HasPrefix(full, parsed.text+"/")
		case kindExact:
			want = full == parsed.text
		case kindExpression, kindAgent:
			return
		}
		if got := rules.Match("GET", sent, ""); got != want {
			t.Fatalf("rule %q: Match(%q) = %v, want %v", rules, sent, got, want)
		}
	})
}

// FuzzAgent compares User-Agent rules with the definition of a prefix.
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

// referenceGlob returns the regular expression that a glob in full form is
// equivalent to.
func referenceGlob(text string) *regexp.Regexp {
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
	// The optional slash at the end is also the path of the root.
	b.WriteString(`/?\z`)
	return regexp.MustCompile(b.String())
}

// TestHostilePaths matches every kind of rule against paths designed to take
// long. With exponential time, or quadratic time for a megabyte, this would
// take minutes.
func TestHostilePaths(t *testing.T) {
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

// FuzzEvasion asserts that a path is excluded only if it still is after
// anything that a router or a file server may do to it: decode it, clean it, or
// treat backslashes as slashes.
func FuzzEvasion(f *testing.F) {
	for _, sent := range []string{
		"/healthz", "/health%7a", "/%zz", "/docs%2Fx", "/docs/%2e%2e/x", "/docs/..%2fx", "/docs/a%5c..%5c..%5cx", `/docs\..\x`,
		"/docs/.%2E;a=b/x", "//docs", "/docs//..//x", "/DOCS/a%2Fb", "/docs/%252e%252e/x", "/d%6fcs/\xff..\xff",
	} {
		f.Add(sent)
	}
	parsed, err := Parse("healthz,metrics,docs")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		for routing := range Routing(Routings) {
			rules := parsed.For(routing)
			got := rules.Match("GET", sent, "")
			if bytes := rules.MatchBytes([]byte("GET"), []byte(sent), nil); bytes != got {
				t.Fatalf("%q: got %v of bytes, want %v", sent, bytes, got)
			}
			if !got {
				continue
			}
			whole, err := url.PathUnescape(sent)
			if err != nil {
				whole = sent
			}
			for _, seen := range []string{whole, path.Clean(whole), path.Clean(strings.ReplaceAll(whole, `\`, "/"))} {
				if routing&IgnoreCase != 0 {
					seen = strings.ToLower(seen)
				}
				segments := strings.Split(seen, "/")
				if len(segments) < 2 || segments[0] != "" || !slices.Contains([]string{"healthz", "metrics", "docs"}, segments[1]) {
					t.Errorf("%q: excluded, but served as %q", sent, seen)
				}
			}
		}
	})
}
