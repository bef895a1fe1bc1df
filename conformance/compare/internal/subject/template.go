package subject

import "strings"

// Template returns the framework's own form of a route with braces.
func (s Subject) Template(route string) string {
	if s.Framework == "net/http" {
		// The pattern of a file server is its prefix.
		return strings.TrimSuffix(route, "{filepath...}")
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
		case s.Framework == "Gin":
			out.WriteString("*" + wildcard)
		default:
			// A wildcard without a name.
			out.WriteString("*")
		}
		route = after
	}
}
