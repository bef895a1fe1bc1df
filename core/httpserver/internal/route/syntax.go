// Package route rewrites route templates: parameters in the syntax of a
// framework or of net/http, and the prefix that a router is mounted at. It is
// independent of spans, and imports only the standard library.
package route

import "strings"

// Syntax describes how a framework writes route parameters.
type Syntax struct {
	// Ends are the characters that end a parameter's name; empty if routes are
	// written with braces.
	Ends string
	// Wildcards are the characters that are a wildcard without a name. If
	// empty, a star is a wildcard with a name.
	Wildcards string
}

// Braces rewrites the colon parameters and wildcards of a route with braces. A
// route that already has braces is not changed.
func (s Syntax) Braces(route string) string {
	if s.Ends == "" || !strings.ContainsAny(route, ":*+") {
		return route
	}
	var out strings.Builder
	for rest := route; rest != ""; {
		c := rest[0]
		rest = rest[1:]
		switch {
		case c == '\\' && rest != "":
			// An escaped colon or star is literal.
			out.WriteByte(rest[0])
			rest = rest[1:]
		case strings.IndexByte(s.Wildcards, c) >= 0:
			out.WriteString("{...}")
		case c == ':' || c == '*' && s.Wildcards == "":
			var name string
			name, rest = s.cutName(rest)
			out.WriteByte('{')
			out.WriteString(name)
			if c == '*' {
				out.WriteString("...")
			}
			out.WriteByte('}')
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// cutName splits what follows a colon into the parameter's name and the rest of
// the route. It drops constraints (<int>) and the mark of an optional parameter
// (?).
func (s Syntax) cutName(route string) (name, rest string) {
	stop := strings.IndexAny(route, s.Ends)
	if stop < 0 {
		return route, ""
	}
	name, rest = route[:stop], route[stop:]
	if strings.HasPrefix(rest, "<") {
		if end := strings.IndexByte(rest, '>'); end >= 0 {
			rest = rest[end+1:]
		}
	}
	return name, strings.TrimPrefix(rest, "?")
}
