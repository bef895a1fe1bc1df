package routing

import "strings"

// Description has what Fiber's API shows of a route. Routes of an app with
// equal descriptions are either all endpoints or all middlewares.
type Description struct {
	Method, Path string
	// First points to its first handler, nil if it has none.
	First any
	// Handlers is the number of its handlers.
	Handlers int
}

// Route is a route of type R, such as *fiber.Route.
type Route[R comparable] struct {
	Key R
	Description
}

// Table has the routes of an app at the time it was made.
type Table[R comparable] struct {
	places map[key[R]]Place
	// endpoints are the endpoints of a method in the order of registration.
	endpoints map[string][]Endpoint
	// middlewares counts the middleware handlers of a method by path.
	middlewares map[string]map[string]int
	foldCase    bool
}

// key is a route for one method: Fiber may use the same route for several.
type key[R comparable] struct {
	method string
	route  R
}

// Place is the position of a route.
type Place struct {
	// Endpoint is set if the route is not a middleware.
	Endpoint bool
	// endpointsBefore is the number of endpoints of the method that are tried earlier.
	endpointsBefore int
}

// Endpoint is a route that is not a middleware.
type Endpoint struct {
	// Path is the route's template.
	Path string
	// prefix is the part of Path before the first parameter.
	prefix string
}

// New returns the table of an app. stack has the routes of each method, in the
// order of methods, and endpoints the routes that are not middlewares, in the
// same order. foldCase is set if the app ignores the case of paths.
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
			place := Place{endpointsBefore: len(t.endpoints[method])}
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

// Find returns the position of a route, and false if it was added after the
// table was made.
func (t *Table[R]) Find(method string, route R) (Place, bool) {
	place, ok := t.places[key[R]{method, route}]
	return place, ok
}

// Middlewares returns the number of middleware handlers registered for exactly
// this path and method, and false if the app does not have the method.
func (t *Table[R]) Middlewares(method, path string) (int, bool) {
	counts, ok := t.middlewares[method]
	return counts[path], ok
}

// Passed returns the template of the last endpoint before place that matches
// path, or "". Fiber tries routes in order, so that endpoint was called and has
// called Next.
func (t *Table[R]) Passed(method, path string, place Place, matches func(path, template string) bool) string {
	earlier := t.endpoints[method][:place.endpointsBefore]
	if len(earlier) == 0 {
		return ""
	}
	folded := t.foldPath(path)
	for i := len(earlier) - 1; i >= 0; i-- {
		if strings.HasPrefix(folded, earlier[i].prefix) && matches(path, earlier[i].Path) {
			return earlier[i].Path
		}
	}
	return ""
}

// First returns the template of the first endpoint that matches path, or "".
// Fiber calls it unless a middleware answers first.
func (t *Table[R]) First(method, path string, matches func(path, template string) bool) string {
	folded := t.foldPath(path)
	for _, endpoint := range t.endpoints[method] {
		if strings.HasPrefix(folded, endpoint.prefix) && matches(path, endpoint.Path) {
			return endpoint.Path
		}
	}
	return ""
}

func (t *Table[R]) foldPath(path string) string {
	if t.foldCase {
		return strings.ToLower(path)
	}
	return path
}

// prefixOf returns the prefix of all paths that template matches.
func prefixOf(template string, foldCase bool) string {
	if i := strings.IndexAny(template, `:*+\`); i >= 0 {
		template = template[:i]
	}
	// The slash before an optional parameter is optional too.
	template = strings.TrimRight(template, "/")
	if foldCase {
		template = strings.ToLower(template)
	}
	return template
}
