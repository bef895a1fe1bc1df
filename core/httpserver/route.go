package httpserver

import (
	"strings"
)

// RouteFormat is how routes are written in http.route and in span names.
type RouteFormat int

const (
	// RouteNative writes a route as its framework does: /process/:item_id in
	// Gin, Echo and Fiber, /process/{item_id} in net/http.
	RouteNative RouteFormat = iota
	// RouteBraces writes every framework's routes as net/http does:
	// /process/{item_id}, and {filepath...} for a wildcard, {...} for one
	// without a name.
	RouteBraces
)

// syntax is how a framework writes the parameters of a route.
type syntax struct {
	// ends are the characters at which the name of a parameter stops; empty
	// where routes are written with braces.
	ends string
	// wildcards are the characters that are a wildcard without a name. Where
	// there are none, a star is one, with a name.
	wildcards string
}

// braces rewrites the colon parameters and wildcards of a route. A route that
// has braces already is left alone.
func (s syntax) braces(route string) string {
	if s.ends == "" || !strings.ContainsAny(route, ":*+") {
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
		case strings.IndexByte(s.wildcards, c) >= 0:
			out.WriteString("{...}")
		case c == ':' || c == '*' && s.wildcards == "":
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
func (s syntax) cutName(route string) (name, rest string) {
	stop := strings.IndexAny(route, s.ends)
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
