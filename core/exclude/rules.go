package exclude

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Rules is a compiled set of rules. It is immutable and safe for concurrent
// use. A nil *Rules holds no rule and matches nothing.
type Rules struct {
	list     []rule
	any      matcher             // rules for every method
	byMethod map[string]*matcher // rules for one method
	agents   bool
}

// Parse compiles rules. Each argument is one rule or a comma-separated list of
// them; the package documentation gives their forms. Without arguments the
// result holds no rule.
//
// An argument that holds no rule at all, such as "", is an error: whoever
// passes one meant to exclude something. Every rule that cannot be used is
// reported, joined by [errors.Join], each with its text and what would be
// right; the result is then nil.
func Parse(rules ...string) (*Rules, error) {
	compiled := &Rules{}
	var errs []error
	for _, argument := range rules {
		elements := split(argument)
		if len(elements) == 0 {
			errs = append(errs, fmt.Errorf(`exclude: rule %q is empty: name a path such as "/healthz"`, argument))
		}
		for _, text := range elements {
			parsed, err := parseRule(text)
			if err != nil {
				errs = append(errs, fmt.Errorf("exclude: rule %q: %w", text, err))
				continue
			}
			compiled.add(parsed)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return compiled, nil
}

func (r *Rules) add(parsed rule) {
	r.list = append(r.list, parsed)
	r.agents = r.agents || parsed.kind == kindAgent
	if parsed.method == "" {
		r.any.add(parsed)
		return
	}
	if r.byMethod == nil {
		r.byMethod = make(map[string]*matcher)
	}
	m := r.byMethod[parsed.method]
	if m == nil {
		m = &matcher{}
		r.byMethod[parsed.method] = m
	}
	m.add(parsed)
}

// Match reports whether a request is excluded. The path is the decoded path
// without the query; see [Decoded]. The userAgent is only looked at when
// [Rules.UsesUserAgent] says so; otherwise callers may pass "". Match does not
// allocate.
func (r *Rules) Match(method, path, userAgent string) bool {
	if path == "" {
		path = "/"
	}
	return matchAny(r, method, path, userAgent)
}

// MatchBytes is [Rules.Match] for servers whose texts are bytes, which it does
// not keep. Only for globs and expressions it copies the path.
func (r *Rules) MatchBytes(method, path, userAgent []byte) bool {
	if len(path) == 0 {
		path = root
	}
	return matchAny(r, method, path, userAgent)
}

var root = []byte("/")

func matchAny[T string | []byte](r *Rules, method, path, userAgent T) bool {
	if r == nil || len(r.list) == 0 {
		return false
	}
	if match(&r.any, path, userAgent) {
		return true
	}
	if len(r.byMethod) == 0 {
		return false
	}
	m := r.byMethod[string(method)]
	return m != nil && match(m, path, userAgent)
}

// Decoded returns the path that a client sent as routers see it, without its
// percent-encoding; one that is not well encoded it returns as it is.
func Decoded(path string) string {
	if strings.IndexByte(path, '%') < 0 {
		return path
	}
	if unescaped, err := url.PathUnescape(path); err == nil {
		return unescaped
	}
	return path
}

// UsesUserAgent tells whether any rule looks at the User-Agent, so that
// callers need not read it for nothing.
func (r *Rules) UsesUserAgent() bool { return r != nil && r.agents }

// Len is the number of rules.
func (r *Rules) Len() int {
	if r == nil {
		return 0
	}
	return len(r.list)
}

// String gives the rules in the order they were given, in their full form
// ("/healthz" for "healthz") and comma-separated. [Parse] reads it back into
// rules that match the same requests.
func (r *Rules) String() string {
	if r == nil {
		return ""
	}
	texts := make([]string, len(r.list))
	for i, each := range r.list {
		texts[i] = each.String()
	}
	return strings.Join(texts, ",")
}
