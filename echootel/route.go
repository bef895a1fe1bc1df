package echootel

import (
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

// maxRouters limits how many routers' routes are cached. Most applications have
// one, and one for each virtual host.
const maxRouters = 1000

// routes distinguishes routes of the application from RouteNotFound handlers
// (including two in every group with a middleware), which Echo reports through
// c.Path() like routes. Echo's list of routes must not be read while it serves:
// it is a map, and a concurrent write ends the process. So the router itself is
// queried.
type routes struct {
	// caches maps each *echo.Router to its *routeCache.
	caches        sync.Map
	cachedRouters atomic.Int64
}

// routeCache caches the routes of one router that were looked up. Echo never removes
// a route.
type routeCache struct {
	mu     sync.RWMutex
	routes map[registration]struct{}
}

// registration is a route for one method.
type registration struct{ method, path string }

// routeOf returns the template of c's route, or "" if there is none: before routing,
// for a 404, and for a 405 or an OPTIONS response of the router on a path that
// has other methods. It is not certain if a RouteNotFound handler has the same
// path.
func (r *routes) routeOf(c echo.Context) (path string, certain bool) {
	path = c.Path()
	if path == "" || c.Get(echo.ContextKeyHeaderAllow) != nil {
		return "", true
	}
	request := c.Request()
	router := c.Echo().Router()
	if own, ok := c.Echo().Routers()[request.Host]; ok {
		router = own
	}
	at := registration{method: request.Method, path: path}
	k := r.cacheOf(router)
	if k.has(at) {
		return path, true
	}
	switch matchRequest(c, router) {
	case matchedRoute:
		k.add(at)
		return path, true
	case matchedNotFound:
		return "", true
	default:
		return path, false
	}
}

func (r *routes) cacheOf(router *echo.Router) *routeCache {
	if found, ok := r.caches.Load(router); ok {
		return found.(*routeCache)
	}
	if r.cachedRouters.Add(1) > maxRouters {
		r.caches.Clear()
		r.cachedRouters.Store(1)
	}
	found, _ := r.caches.LoadOrStore(router, &routeCache{routes: make(map[registration]struct{})})
	return found.(*routeCache)
}

func (k *routeCache) has(at registration) bool {
	k.mu.RLock()
	_, ok := k.routes[at]
	k.mu.RUnlock()
	return ok
}

func (k *routeCache) add(at registration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.routes[at] = struct{}{}
}

// matchResult tells what a request was routed to.
type matchResult int

const (
	// matchedUnknown is a route or a RouteNotFound handler.
	matchedUnknown matchResult = iota
	matchedRoute
	matchedNotFound
)

// noMethod is a method without routes: the router finds only RouteNotFound
// handlers for it.
const noMethod = " "

// matchRequest routes c's request again, and once more with a method that no route
// has. A router finds the same registration for both only if it is a
// RouteNotFound handler.
func matchRequest(c echo.Context, router *echo.Router) matchResult {
	path := c.Path()
	again, names := findRoute(c, router, c.Request().Method)
	if again != path {
		// The request has changed since, or the handler has set the path.
		return matchedUnknown
	}
	other, otherNames := findRoute(c, router, noMethod)
	switch {
	case other != path:
		return matchedRoute
	case len(names) == 0 || len(otherNames) == 0:
		return matchedUnknown
	case &names[0] == &otherNames[0]:
		// Two registrations never share their slice of parameter names.
		return matchedNotFound
	default:
		return matchedRoute
	}
}

// findRoute returns the path of the registration that router finds for c's request
// with method, and its parameter names, or "".
func findRoute(c echo.Context, router *echo.Router, method string) (path string, names []string) {
	scratch := c.Echo().NewContext(c.Request(), nil)
	router.Find(method, echo.GetPath(c.Request()), scratch)
	if scratch.Get(echo.ContextKeyHeaderAllow) != nil {
		return "", nil
	}
	return scratch.Path(), scratch.ParamNames()
}
