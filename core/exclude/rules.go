package exclude

import (
	"errors"
	"fmt"
	"strings"
)

// Rules is a compiled set of rules. It is immutable and safe for concurrent
// use. A nil *Rules has no rules and matches nothing.
type Rules struct {
	list          []rule
	anyMethod     matcher             // rules for every method
	byMethod      map[string]*matcher // rules for one method only, by that method
	hasAgentRules bool
	routing       Routing // how the framework compares paths with routes, set by For
}

// Parse compiles rules. Each argument is a rule or a comma-separated list of rules; see
// the package documentation for the syntax. Without arguments the result has no rules.
//
// An argument without any rule, such as "", is an error, since its author meant to
// exclude something. The error joins one error for each invalid rule, with the text of
// the rule and what would be right. If there is an error, the result is nil.
func Parse(rules ...string) (*Rules, error) {
	compiled := &Rules{}
	var errs []error
	for _, argument := range rules {
		elements := splitRules(argument)
		if len(elements) == 0 {
			errs = append(errs, fmt.Errorf(`exclude: rule %q is empty: write a path such as "/healthz"`, argument))
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

// add adds a rule to the list and to the matcher of its method.
func (r *Rules) add(added rule) {
	r.list = append(r.list, added)
	r.hasAgentRules = r.hasAgentRules || added.kind == kindAgent
	if r.routing&IgnoreCase != 0 {
		added = added.foldCase()
	}
	if added.method == "" {
		r.anyMethod.add(added)
		return
	}
	if r.byMethod == nil {
		r.byMethod = make(map[string]*matcher)
	}
	m := r.byMethod[added.method]
	if m == nil {
		m = &matcher{}
		r.byMethod[added.method] = m
	}
	m.add(added)
}

// Match reports whether a request is excluded. path is the path as the client sent it,
// percent-encoded. A query or a fragment after the path is ignored. path is empty for a
// CONNECT to an authority, which is excluded only by rules that match every path.
// userAgent may be "" unless [Rules.UsesUserAgent] returns true. Match does not allocate
// for paths that are short or have no escapes.
func (r *Rules) Match(method, path, userAgent string) bool {
	if !hasPath(path) {
		return matchEmptyPath(r, method, "/", unnameablePath, userAgent)
	}
	return matchAny(r, method, path, userAgent)
}

// unnameablePath is a path that no rule can name, since it is not valid UTF-8. Only rules
// for every path match it.
const unnameablePath = "/\xff/\xff"

// matchEmptyPath reports whether a request without a path is excluded. It is excluded if "/"
// is. A CONNECT request must also match unnameablePath, so that only rules for every path
// exclude it. Callers pass "/" as root and unnameablePath as unnameable: as arguments of type
// T they need no conversion in each call.
func matchEmptyPath[T string | []byte](r *Rules, method, root, unnameable, userAgent T) bool {
	return matchAny(r, method, root, userAgent) &&
		(string(method) != "CONNECT" || matchAny(r, method, unnameable, userAgent))
}

// MatchBytes is like [Rules.Match], for servers that have bytes instead of strings. It
// does not retain the bytes. It copies the path only for globs and expressions.
func (r *Rules) MatchBytes(method, path, userAgent []byte) bool {
	if !hasPath(path) {
		return matchEmptyPath(r, method, rootPathBytes, unnameablePathBytes, userAgent)
	}
	return matchAny(r, method, path, userAgent)
}

// rootPathBytes and unnameablePathBytes are the arguments of matchEmptyPath for MatchBytes.
var rootPathBytes, unnameablePathBytes = []byte("/"), []byte(unnameablePath)

// matchAny reports whether any rule of r matches. path is not empty and is percent-encoded.
func matchAny[T string | []byte](r *Rules, method, path, userAgent T) bool {
	if r == nil || len(r.list) == 0 {
		return false
	}
	kinds := kindsOf(path)
	if kinds&pathEndByte != 0 {
		return matchAny(r, method, path[:pathLength(path)], userAgent)
	}
	var ofMethod *matcher
	if len(r.byMethod) > 0 {
		ofMethod = r.byMethod[string(method)]
	}
	if r.hasAgentRules && (matchAgent(&r.anyMethod, userAgent) || ofMethod != nil && matchAgent(ofMethod, userAgent)) {
		return true
	}
	if kinds&percentByte == 0 && (kinds&foldableByte == 0 || r.routing&IgnoreCase == 0) {
		return (match(&r.anyMethod, path) || ofMethod != nil && match(ofMethod, path)) && (kinds&dotByte == 0 || !hasDotSegment(path))
	}
	var buffer [128]byte
	decoded, ok := appendDecoded(buffer[:0], path, r.routing)
	return ok && (match(&r.anyMethod, decoded) || ofMethod != nil && match(ofMethod, decoded)) && !hasDotSegment(decoded)
}

// UsesUserAgent reports whether any rule checks the User-Agent, so that callers
// can avoid reading it.
func (r *Rules) UsesUserAgent() bool { return r != nil && r.hasAgentRules }

// Len returns the number of rules.
func (r *Rules) Len() int {
	if r == nil {
		return 0
	}
	return len(r.list)
}

// String returns the rules in their original order and in full form ("/healthz" for
// "healthz"), comma-separated. If the result is passed to [Parse], the rules match the
// same requests.
func (r *Rules) String() string {
	if r == nil {
		return ""
	}
	texts := make([]string, len(r.list))
	for i, parsed := range r.list {
		texts[i] = parsed.String()
	}
	return strings.Join(texts, ",")
}
