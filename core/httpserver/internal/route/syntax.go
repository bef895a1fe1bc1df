// Package route writes the templates of routes: their parameters as a framework or
// as net/http does, and what a router is mounted at before its own routes. It knows
// no span, and imports the standard library alone.
package route

import "strings"

// Syntax is how a framework writes the parameters of a route.
type Syntax struct {
	// Ends are the characters at which the name of a parameter stops; empty
	// where routes are written with braces.
	Ends string
	// Wildcards are the characters that are a wildcard without a name. Where
	// there are none, a star is one, with a name.
	Wildcards string
}

// Braces rewrites the colon parameters and wildcards of a route. A route that
// has braces already is left alone.
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
			// An escaped colon or star is meant literally.
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

// cutName splits what follows a colon into the parameter's name and the rest
// of the route, leaving out constraints (<int>) and the mark of an optional
// parameter (?), which say what matches and not what is meant.
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
