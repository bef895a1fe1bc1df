package httpserver

import "strings"

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

// braces rewrites the colon parameters and star wildcards of a route; ends are
// the characters at which the name of a parameter stops. A route that has
// braces already is left alone.
func braces(route, ends string) string {
	if ends == "" || !strings.ContainsAny(route, ":*+") {
		return route
	}
	var out strings.Builder
	for i := 0; i < len(route); {
		switch c := route[i]; c {
		case '\\':
			// An escaped colon or star is meant literally.
			if i+1 < len(route) {
				i++
			}
			out.WriteByte(route[i])
			i++
		case ':', '*', '+':
			name, after := paramName(route[i+1:], ends)
			i = len(route) - len(after)
			out.WriteByte('{')
			out.WriteString(name)
			if c != ':' {
				out.WriteString("...")
			}
			out.WriteByte('}')
		default:
			out.WriteByte(c)
			i++
		}
	}
	return out.String()
}

// paramName splits what follows a colon into the parameter's name and the rest
// of the route, leaving out constraints (<int>) and the mark of an optional
// parameter (?), which say what matches and not what is meant.
func paramName(s, ends string) (name, rest string) {
	stop := strings.IndexAny(s, ends+"<?:*+")
	if stop < 0 {
		return s, ""
	}
	name, rest = s[:stop], s[stop:]
	if strings.HasPrefix(rest, "<") {
		if end := strings.IndexByte(rest, '>'); end >= 0 {
			rest = rest[end+1:]
		}
	}
	return name, strings.TrimPrefix(rest, "?")
}

// joinRoute puts the literal prefix that an outer router stripped, as
// http.StripPrefix does, back before the inner router's route. The prefix is
// taken from the outer route's text, never from the path alone, so that a
// client cannot choose it.
func joinRoute(outerRoute, outerPath, innerRoute, innerPath string) string {
	prefix, stripped := strings.CutSuffix(outerPath, innerPath)
	if !stripped || prefix == "" || !strings.HasPrefix(outerRoute, prefix) {
		return innerRoute
	}
	return prefix + innerRoute
}
