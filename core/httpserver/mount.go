package httpserver

import (
	"net/url"
	"strings"
)

// mountAt notes what a request says of the place that the router is mounted at.
func (x *Exchange) mountAt(req *Request) {
	if req.RoutedPath == "" {
		return
	}
	x.rare = &rare{mount: text(req.Mount), routed: text(req.RoutedPath)}
	x.rare.prefix = mountPrefix(x.rare.mount, x.path, x.rare.routed)
}

// routedPath returns the path that the router sees.
func (x *Exchange) routedPath() string {
	if x.rare == nil || x.rare.routed == "" {
		return x.path
	}
	return x.rare.routed
}

// route returns a route as the framework writes it in the format chosen, with
// what it is mounted at. joined says that it has that already.
func (x *Exchange) route(native string) (route string, joined bool) {
	route = x.in.operations.write(native)
	if x.rare == nil || x.rare.prefix == "" || native == "" || native == x.rare.mount {
		return route, false
	}
	return x.rare.prefix + route, true
}

// operationOn returns the operation of a method on a route as the framework
// writes it.
func (x *Exchange) operationOn(m *method, route string) *operation {
	if written, joined := x.route(route); joined {
		return x.in.operations.ofWritten(m, written)
	}
	return x.in.operations.of(m, route)
}

// joinRoute puts the prefix that an outer router stripped, as http.StripPrefix
// does, back before the inner router's route.
func joinRoute(outerRoute, outerPath, innerRoute, innerPath string) string {
	return mountPrefix(outerRoute, outerPath, innerPath) + innerRoute
}

// mountPrefix returns the part of a template that stands for what is missing
// from the front of a path in what is left of it. It is "" if nothing is, or if
// the template says nothing of it: what a client has sent is never a part of a
// route.
func mountPrefix(template, path, left string) string {
	stripped, ok := strings.CutSuffix(path, left)
	if !ok && left == "/" {
		stripped, ok = path, true // of a path without a trailing slash
	}
	if !ok || !strings.HasPrefix(stripped, "/") || left != "" && left[0] != '/' {
		return ""
	}
	end := 0
	for segment := range strings.SplitSeq(stripped[1:], "/") {
		if end == len(template) {
			return ""
		}
		start := end + 1 // behind the slash
		end = len(template)
		if i := strings.IndexByte(template[start:], '/'); i >= 0 {
			end = start + i
		}
		if !standsFor(template[start:end], segment) {
			return ""
		}
	}
	return template[:end]
}

// standsFor tells whether a segment of a template stands for one of a path. A
// wildcard may stand for several, so it is not known for which.
func standsFor(template, segment string) bool {
	switch {
	case segment == "" || template == "" || strings.ContainsAny(template, "*+") || strings.HasSuffix(template, "...}"):
		return false
	case strings.ContainsAny(template, ":{"):
		return true
	}
	if strings.IndexByte(segment, '%') >= 0 {
		if decoded, err := url.PathUnescape(segment); err == nil {
			segment = decoded
		}
	}
	return strings.EqualFold(template, segment)
}
