package exclude

import "regexp"

// Routing describes how a router's reading of paths differs from net/http, which is
// case-sensitive and decodes every segment. A path is excluded only if the router treats
// it as the same path as the rule.
type Routing uint8

const (
	// IgnoreCase means that the router treats /HEALTHZ like /healthz. Only ASCII letters
	// have a case.
	IgnoreCase Routing = 1 << iota
	// Raw means that the router compares the path as the client sent it, so that
	// /%68ealthz differs from /healthz. A path with unnecessary escapes then matches no
	// path rule.
	Raw

	// Routings is the number of combinations of these flags.
	Routings = 1 << iota
)

// For returns the rules for a router that reads paths according to routing. It compiles
// the rules, so keep the result.
func (r *Rules) For(routing Routing) *Rules {
	if r == nil || r.routing == routing {
		return r
	}
	compiled := &Rules{routing: routing}
	for _, original := range r.list {
		compiled.add(original)
	}
	return compiled
}

// foldCase returns the rule for case-insensitive matching.
func (r rule) foldCase() rule {
	switch r.kind {
	case kindPrefix, kindExact:
		r.text = lowerASCII(r.text)
	case kindGlob:
		segments := make(glob, len(r.glob))
		for i, segment := range r.glob {
			segments[i] = lowerASCII(segment)
		}
		r.glob = segments
	case kindExpression:
		// MustCompile cannot panic: parseExpression has compiled the same expression, and the
		// flag does not change the syntax.
		r.expression = regexp.MustCompile("(?i)" + r.text)
	case kindAgent:
	}
	return r
}
