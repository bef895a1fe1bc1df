package echootel

import (
	"maps"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

// routes tells the routes of an application from what Echo's router reports
// like one, though nothing of the application answered to it.
type routes struct {
	mu sync.Mutex
	// read is what is known of each router. It is not written to: what changes
	// takes its place.
	read atomic.Pointer[map[*echo.Router]catchAlls]
}

// catchAlls are the handlers for what is not found that a router has, while it
// has so many routes: RouteNotFound registers one, and every group with a
// middleware two.
type catchAlls struct {
	routes int
	// methods are, by the path of such a handler, those that the application
	// answers there itself.
	methods map[string]map[string]struct{}
}

// of returns the template of the route that c was routed to, "" if it was to
// none: before routing, for a 404, and for the 405 and the answer to OPTIONS
// that the router gives by itself on a path that has other methods.
func (r *routes) of(c echo.Context) string {
	path := c.Path()
	if path == "" || c.Get(echo.ContextKeyHeaderAllow) != nil {
		return ""
	}
	e, request := c.Echo(), c.Request()
	router := e.Router()
	if own, ok := e.Routers()[request.Host]; ok {
		router = own
	}
	methods, catchesAll := r.catchAlls(router)[path]
	if !catchesAll {
		return path
	}
	if _, ok := methods[request.Method]; ok {
		return path
	}
	return ""
}

// catchAlls reads the routes of a router only when there are more than the last
// time: the list is long, and anybody can ask for what is not found.
func (r *routes) catchAlls(router *echo.Router) map[string]map[string]struct{} {
	count := countRoutes(router)
	if read := r.read.Load(); read != nil {
		if known, ok := (*read)[router]; ok && known.routes == count {
			return known.methods
		}
	}
	found := catchAlls{routes: count, methods: catchAllMethods(router.Routes())}
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := make(map[*echo.Router]catchAlls)
	if read := r.read.Load(); read != nil {
		maps.Copy(changed, *read)
	}
	changed[router] = found
	r.read.Store(&changed)
	return found.methods
}

func catchAllMethods(routes []*echo.Route) map[string]map[string]struct{} {
	methods := make(map[string]map[string]struct{})
	for _, route := range routes {
		if route.Method == echo.RouteNotFound {
			methods[route.Path] = make(map[string]struct{})
		}
	}
	for _, route := range routes {
		if at, ok := methods[route.Path]; ok && route.Method != echo.RouteNotFound {
			at[route.Method] = struct{}{}
		}
	}
	return methods
}

// countRoutes returns how many routes a router has. Its methods tell that by a
// list only.
func countRoutes(router *echo.Router) int {
	if routesField == nil {
		return len(router.Routes())
	}
	return reflect.ValueOf(router).Elem().FieldByIndex(routesField).Len()
}

// routesField is the router's map of routes, nil where a version of Echo has it
// no more.
var routesField = func() []int {
	field, ok := reflect.TypeFor[echo.Router]().FieldByName("routes")
	if !ok || field.Type.Kind() != reflect.Map {
		return nil
	}
	return field.Index
}()
