package exclude

import "regexp"

// Routing says how the router behind the rules reads a path, where that differs
// from net/http's: case-sensitively, and with every segment decoded. A path is
// excluded only if the router takes it for the same path as the rule does.
type Routing uint8

const (
	// IgnoreCase is a router to which /HEALTHZ is /healthz. Only ASCII letters
	// have a case.
	IgnoreCase Routing = 1 << iota
	// Raw is a router that compares the path as it was sent, so that /%68ealthz
	// is another path than /healthz. No path rule matches a path with an escape
	// that it does not need.
	Raw

	// Routings is how many combinations there are.
	Routings = 1 << iota
)

// For returns the rules as they hold behind such a router. It compiles them:
// keep what it returns.
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

// folded returns the rule as it holds where case is ignored.
func (r rule) folded() rule {
	switch r.kind {
	case kindPrefix, kindExact:
		r.text = lowered(r.text)
	case kindGlob:
		segments := make(glob, len(r.glob))
		for i, segment := range r.glob {
			segments[i] = lowered(segment)
		}
		r.glob = segments
	case kindExpression:
		// It compiled without the flag, which changes nothing of its syntax.
		r.expression = regexp.MustCompile("(?i)" + r.text)
	case kindAgent:
	}
	return r
}
