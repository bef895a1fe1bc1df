package exclude

import "regexp"

// Routing describes how a router reads paths differently from net/http, which
// is case-sensitive and decodes every segment. A path is excluded only if the
// router takes it for the same path as the rule.
type Routing uint8

const (
	// IgnoreCase means that the router takes /HEALTHZ for /healthz. Only ASCII
	// letters have a case.
	IgnoreCase Routing = 1 << iota
	// Raw means that the router compares the path as it was sent, so that
	// /%68ealthz differs from /healthz. No path rule matches a path with
	// unnecessary escapes.
	Raw

	// Routings is the number of combinations.
	Routings = 1 << iota
)

// For returns the rules for such a router. It compiles them, so keep the
// result.
func (r *Rules) For(routing Routing) *Rules {
	if r == nil || r.routing == routing {
		return r
	}
	compiled := &Rules{routing: routing}
	for _, each := range r.list {
		compiled.add(each)
	}
	return compiled
}

// foldCase returns the rule for matching without case.
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
		// It compiled without the flag, which does not change the syntax.
		r.expression = regexp.MustCompile("(?i)" + r.text)
	case kindAgent:
	}
	return r
}
