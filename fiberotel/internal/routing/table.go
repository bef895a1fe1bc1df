package routing

import "strings"

// Description is what Fiber shows of a route. Of two routes in one app that are
// equal in it, both are endpoints or both are middlewares.
type Description struct {
	Method, Path string
	// First is a pointer to the place of its first handler, nil if it has none.
	First any
	// Handlers is the number of its handlers.
	Handlers int
}

// Route is a route of type R, such as *fiber.Route.
type Route[R comparable] struct {
	Key R
	Description
}

// Table knows the routes of an app as they were when it was made.
type Table[R comparable] struct {
	places map[key[R]]Place
	// endpoints are those of a method, in the order of registration.
	endpoints map[string][]Endpoint
	// middlewares counts the handlers of a method's middlewares by path.
	middlewares map[string]map[string]int
	foldCase    bool
}

// key is a route as it is tried for one method: Fiber may have the same one for
// several.
type key[R comparable] struct {
	method string
	route  R
}

// Place is where a route stands.
type Place struct {
	// Endpoint says that the route is no middleware.
	Endpoint bool
	// before is the number of endpoints of the method that are tried earlier.
	before int
}

// Endpoint is a route that is no middleware.
type Endpoint struct {
	// Path is the route's template.
	Path string
	// prefix is the part of Path that has no parameters.
	prefix string
}

// New returns the table of an app. stack has the routes of each method, in the
// order of methods, and endpoints those that are no middlewares, in the same
// order. foldCase says that the app ignores the case of paths.
func New[R comparable](methods []string, stack [][]Route[R], endpoints []Description, foldCase bool) *Table[R] {
	t := &Table[R]{
		places:      make(map[key[R]]Place),
		endpoints:   make(map[string][]Endpoint),
		middlewares: make(map[string]map[string]int),
		foldCase:    foldCase,
	}
	for i, routes := range stack {
		if i == len(methods) {
			break
		}
		method := methods[i]
		t.middlewares[method] = make(map[string]int)
		for _, route := range routes {
			place := Place{before: len(t.endpoints[method])}
			if len(endpoints) > 0 && endpoints[0] == route.Description {
				endpoints = endpoints[1:]
				place.Endpoint = true
				t.endpoints[method] = append(t.endpoints[method], Endpoint{Path: route.Path, prefix: prefixOf(route.Path, foldCase)})
			} else {
				t.middlewares[method][route.Path] += route.Handlers
			}
			t.places[key[R]{method, route.Key}] = place
		}
	}
	return t
}

// Find returns the place of a route, and false if it was not there when the
// table was made.
func (t *Table[R]) Find(method string, route R) (Place, bool) {
	place, ok := t.places[key[R]{method, route}]
	return place, ok
}

// Middlewares returns the number of handlers that are middlewares of exactly
// this path for a method, and false if the app has no such method.
func (t *Table[R]) Middlewares(method, path string) (int, bool) {
	counts, ok := t.middlewares[method]
	return counts[path], ok
}

// Passed returns the template of the last endpoint before place that matches
// path, "" if none does: Fiber has called it, since it tries the routes in
// order, and it has passed the request on.
func (t *Table[R]) Passed(method, path string, place Place, matches func(path, template string) bool) string {
	earlier := t.endpoints[method][:place.before]
	if len(earlier) == 0 {
		return ""
	}
	folded := t.folded(path)
	for i := len(earlier) - 1; i >= 0; i-- {
		if strings.HasPrefix(folded, earlier[i].prefix) && matches(path, earlier[i].Path) {
			return earlier[i].Path
		}
	}
	return ""
}

// First returns the template of the first endpoint that matches path, "" if none
// does: Fiber calls it unless a middleware answers before.
func (t *Table[R]) First(method, path string, matches func(path, template string) bool) string {
	folded := t.folded(path)
	for _, endpoint := range t.endpoints[method] {
		if strings.HasPrefix(folded, endpoint.prefix) && matches(path, endpoint.Path) {
			return endpoint.Path
		}
	}
	return ""
}

func (t *Table[R]) folded(path string) string {
	if t.foldCase {
		return strings.ToLower(path)
	}
	return path
}

// prefixOf returns what every path that template matches begins with.
func prefixOf(template string, foldCase bool) string {
	if i := strings.IndexAny(template, `:*+\`); i >= 0 {
		template = template[:i]
	}
	// The slash before an optional parameter may be missing.
	template = strings.TrimRight(template, "/")
	if foldCase {
		template = strings.ToLower(template)
	}
	return template
}
