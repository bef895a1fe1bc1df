package subject

import (
	"regexp"
	"strings"
)

// wildcard is the rest of a path in a route with braces.
var wildcard = regexp.MustCompile(`\{(\w+)\.{3}\}`)

// Template returns the framework's own form of a route with braces.
func (s Subject) Template(route string) string {
	switch s.Framework {
	case "net/http":
		// The pattern of a file server is its prefix.
		return strings.TrimSuffix(route, "{filepath...}")
	case chiName:
		return wildcard.ReplaceAllString(route, "*")
	case muxName:
		return wildcard.ReplaceAllString(strings.TrimSuffix(route, "{filepath...}"), "{$1:.*}")
	}
	if s.Framework == "Echo" && route == "/static/{filepath...}" {
		return "/static*"
	}
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(route, "{")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		wildcard, isWildcard := strings.CutSuffix(name, "...")
		switch {
		case !isWildcard:
			out.WriteString(":" + name)
		case s.Framework == "Gin" || s.Framework == "Express":
			out.WriteString("*" + wildcard)
		default:
			// A wildcard without a name.
			out.WriteString("*")
		}
		route = after
	}
}
