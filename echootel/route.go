package echootel

import (
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

// maxRouters bounds how many routers' routes are kept. Most applications have
// one, and one more for each host.
const maxRouters = 1000

// routes tells the routes of an application from what Echo's router reports
// like one, though nothing of the application answered to it.
type routes struct {
	// read has the routing of each *echo.Router.
	read sync.Map
	kept atomic.Int64
}

// routing is what is known of a router with so many routes.
type routing struct {
	routes int
	// own are the methods that the application answers, by path.
	own map[string][]string
	// catchAlls are the paths of handlers for what is not found: RouteNotFound
	// registers one, and every group with a middleware two.
	catchAlls map[string]struct{}
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
	read, _ := r.read.Load(router)
	known, _ := read.(*routing)
	if known == nil || known.routes != countRoutes(router) {
		if known.answers(request.Method, path) {
			return path
		}
		known = r.reread(router, known == nil)
	}
	if _, ok := known.catchAlls[path]; ok && !known.answers(request.Method, path) {
		return ""
	}
	return path
}

// reread reads the routes of a router. That costs a list of all, and ends the
// process when the application adds one meanwhile: so nothing is read for a
// route that is known, which Echo never takes away, even when there are more
// now.
func (r *routes) reread(router *echo.Router, first bool) *routing {
	if first && r.kept.Add(1) > maxRouters {
		r.read.Clear()
		r.kept.Store(1)
	}
	known := newRouting(router)
	r.read.Store(router, known)
	return known
}

func newRouting(router *echo.Router) *routing {
	list := router.Routes()
	r := &routing{routes: len(list), own: make(map[string][]string, len(list)), catchAlls: make(map[string]struct{})}
	for _, route := range list {
		if route.Method == echo.RouteNotFound {
			r.catchAlls[route.Path] = struct{}{}
		} else {
			r.own[route.Path] = append(r.own[route.Path], route.Method)
		}
	}
	return r
}

// answers tells whether the application does; nobody knows where r is nil.
func (r *routing) answers(method, path string) bool {
	return r != nil && slices.Contains(r.own[path], method)
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
