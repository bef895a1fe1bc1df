package routing

import "strings"

// Description holds what Fiber's API shows of a route. An endpoint and a middleware of the
// same app never have the same description.
type Description struct {
	Method, Path string
	// First points to the route's first handler. It is nil if the route has no handler.
	First any
	// Handlers is the number of the route's handlers.
	Handlers int
}

// Route is a route of type R, such as *fiber.Route.
type Route[R comparable] struct {
	// Key identifies the route: it is Fiber's *Route.
	Key R
	Description
}

// Table holds the routes that an app had when the table was made.
type Table[R comparable] struct {
	// places holds the position of each route.
	places map[key[R]]Place
	// endpoints maps each method to its endpoints, in the order of registration.
	endpoints map[string][]Endpoint
	// middlewareCounts maps each method and path to the number of middleware handlers.
	middlewareCounts map[string]map[string]int
	// ignoresCase is set if the app ignores the case of paths.
	ignoresCase bool
}

// key identifies a route for one method. Fiber may use the same route for several methods.
type key[R comparable] struct {
	method string
	route  R // Route.Key
}

// Place is the position of a route among the routes of its method.
type Place struct {
	// Endpoint is set if the route is not a middleware.
	Endpoint bool
	// endpointsBefore is the number of endpoints of the method that Fiber tries before
	// this route.
	endpointsBefore int
}

// Endpoint is a route that is not a middleware.
type Endpoint struct {
	// Path is the route's template.
	Path string
	// prefix is the result of prefixOf for Path.
	prefix string
}

// New returns the table of an app. stack has one list of routes for each method, in the
// order of methods. endpoints are the routes that are not middlewares, in the same order as
// in stack. ignoresCase must be set if the app ignores the case of paths.
func New[R comparable](methods []string, stack [][]Route[R], endpoints []Description, ignoresCase bool) *Table[R] {
	t := &Table[R]{
		places:           make(map[key[R]]Place),
		endpoints:        make(map[string][]Endpoint),
		middlewareCounts: make(map[string]map[string]int),
		ignoresCase:      ignoresCase,
	}
	for i, routes := range stack {
		if i == len(methods) {
			break
		}
		method := methods[i]
		t.middlewareCounts[method] = make(map[string]int)
		for _, route := range routes {
			place := Place{endpointsBefore: len(t.endpoints[method])}
			if len(endpoints) > 0 && endpoints[0] == route.Description {
				endpoints = endpoints[1:]
				place.Endpoint = true
				t.endpoints[method] = append(t.endpoints[method], Endpoint{Path: route.Path, prefix: prefixOf(route.Path, ignoresCase)})
			} else {
				t.middlewareCounts[method][route.Path] += route.Handlers
			}
			t.places[key[R]{method, route.Key}] = place
		}
	}
	return t
}

// Find returns the position of a route. It returns false if the route was added after the
// table was made.
func (t *Table[R]) Find(method string, route R) (Place, bool) {
	place, ok := t.places[key[R]{method, route}]
	return place, ok
}

// Middlewares returns the number of middleware handlers that are registered for exactly
// this path and method. It returns false if the app does not support the method.
func (t *Table[R]) Middlewares(method, path string) (int, bool) {
	counts, ok := t.middlewareCounts[method]
	return counts[path], ok
}

// Passed returns the template of the last endpoint before place that matches path, or "" if
// there is none. Fiber tries routes in order, so Fiber has called this endpoint, and the
// endpoint has called Next.
func (t *Table[R]) Passed(method, path string, place Place, matches func(path, template string) bool) string {
	earlier := t.endpoints[method][:place.endpointsBefore]
	if len(earlier) == 0 {
		return ""
	}
	foldedPath := t.foldPath(path)
	for i := len(earlier) - 1; i >= 0; i-- {
		if strings.HasPrefix(foldedPath, earlier[i].prefix) && matches(path, earlier[i].Path) {
			return earlier[i].Path
		}
	}
	return ""
}

// First returns the template of the first endpoint that matches path, or "" if there is
// none. Fiber calls this endpoint unless a middleware responds first.
func (t *Table[R]) First(method, path string, matches func(path, template string) bool) string {
	foldedPath := t.foldPath(path)
	for _, endpoint := range t.endpoints[method] {
		if strings.HasPrefix(foldedPath, endpoint.prefix) && matches(path, endpoint.Path) {
			return endpoint.Path
		}
	}
	return ""
}

// foldPath returns path in lower case if the app ignores the case of paths, so that the
// result can be compared with the prefix of an Endpoint.
func (t *Table[R]) foldPath(path string) string {
	if t.ignoresCase {
		return strings.ToLower(path)
	}
	return path
}

// prefixOf returns the part of template before the first parameter, with which each path
// that matches template begins. The result is in lower case if ignoresCase is set.
func prefixOf(template string, ignoresCase bool) string {
	if i := strings.IndexAny(template, `:*+\`); i >= 0 {
		template = template[:i]
	}
	// The slash before an optional parameter is optional too.
	template = strings.TrimRight(template, "/")
	if ignoresCase {
		template = strings.ToLower(template)
	}
	return template
}
