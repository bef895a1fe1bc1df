package echootel

import (
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

// maxRouters limits the number of routers whose routes are cached. Most applications have
// one router, plus one for each virtual host.
const maxRouters = 1000

// routes distinguishes routes of the application from RouteNotFound handlers, of which
// every group with a middleware has two. Echo reports both through c.Path(). Echo's list
// of routes is a map that must not be read while Echo serves, because a concurrent write
// would end the process. So the router itself is queried.
type routes struct {
	// caches maps each *echo.Router to its *routeCache.
	caches        sync.Map
	cachedRouters atomic.Int64
}

// routeCache caches routes of one router after they were looked up. Echo never removes a
// route.
type routeCache struct {
	mu     sync.RWMutex
	routes map[registration]struct{}
}

// registration is a registered path for one method.
type registration struct{ method, path string }

// routeOf returns the template of c's route, or "" if c has none. It has none before
// routing, for a 404, and for a 405 or an OPTIONS response of the router on a path that
// has other methods. certain is false if a RouteNotFound handler has the same path.
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

// matchResult is the kind of handler that a request was routed to.
type matchResult int

const (
	// matchedUnknown means either a route or a RouteNotFound handler.
	matchedUnknown matchResult = iota
	matchedRoute
	matchedNotFound
)

// noMethod is a method without routes. For this method, the router finds only
// RouteNotFound handlers.
const noMethod = " "

// matchRequest routes c's request again, once with its method and once with noMethod. If
// a router finds the same registration for both, it is a RouteNotFound handler.
func matchRequest(c echo.Context, router *echo.Router) matchResult {
	path := c.Path()
	again, names := findRoute(c, router, c.Request().Method)
	if again != path {
		// The request has changed since it was routed, or the handler has set the path.
		return matchedUnknown
	}
	other, otherNames := findRoute(c, router, noMethod)
	switch {
	case other != path:
		return matchedRoute
	case len(names) == 0 || len(otherNames) == 0:
		return matchedUnknown
	case &names[0] == &otherNames[0]:
		// The same slice of parameter names means the same registration.
		return matchedNotFound
	default:
		return matchedRoute
	}
}

// findRoute returns the registration that router finds for c's request with the given
// method: its path and its parameter names. The path is "" if there is none.
func findRoute(c echo.Context, router *echo.Router, method string) (path string, names []string) {
	scratch := c.Echo().NewContext(c.Request(), nil)
	router.Find(method, echo.GetPath(c.Request()), scratch)
	if scratch.Get(echo.ContextKeyHeaderAllow) != nil {
		return "", nil
	}
	return scratch.Path(), scratch.ParamNames()
}
