package echootel

import (
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

// maxRouters limits the number of routers whose routes are cached, so that the cache does
// not grow without limit if an application creates routers while it runs. Most applications
// have only one router for each virtual host.
const maxRouters = 1000

// routeFinder finds the route of a request. It distinguishes routes of the application from
// RouteNotFound handlers. Echo registers two of these handlers for every group with a
// middleware, and c.Path() returns their paths like those of routes. To tell them apart,
// routeOf queries Echo's router. It does not read Echo's map of routes, because reading the
// map while Echo adds a route would crash the process.
type routeFinder struct {
	// caches maps each *echo.Router to its *routeCache.
	caches sync.Map
	// cachedRouters is the number of routers in caches.
	cachedRouters atomic.Int64
}

// routeCache holds those routes of one router that requests have used. A cached route
// stays valid, since Echo never removes a route.
type routeCache struct {
	// mu guards routes.
	mu     sync.RWMutex
	routes map[registration]struct{}
}

// registration is one registration of a route in Echo: a method and a path.
type registration struct{ method, path string }

// routeOf returns the path with which c's route was registered. It returns "" if there is
// no route: before the router has run, or if the router itself responds with a 404, with a
// 405, or to OPTIONS. If certain is false, path may also be that of a RouteNotFound
// handler.
func (r *routeFinder) routeOf(c echo.Context) (path string, certain bool) {
	path = c.Path()
	if path == "" || c.Get(echo.ContextKeyHeaderAllow) != nil {
		return "", true
	}
	request := c.Request()
	router := c.Echo().Router()
	if hostRouter, ok := c.Echo().Routers()[request.Host]; ok {
		router = hostRouter
	}
	route := registration{method: request.Method, path: path}
	cache := r.cacheOf(router)
	if cache.has(route) {
		return path, true
	}
	switch kindOfHandler(c, router) {
	case routeHandler:
		cache.add(route)
		return path, true
	case notFoundHandler:
		return "", true
	default:
		return path, false
	}
}

// cacheOf returns the cache for router. It creates the cache if there is none.
func (r *routeFinder) cacheOf(router *echo.Router) *routeCache {
	if cached, ok := r.caches.Load(router); ok {
		return cached.(*routeCache)
	}
	if r.cachedRouters.Add(1) > maxRouters {
		r.caches.Clear()
		r.cachedRouters.Store(1)
	}
	cached, _ := r.caches.LoadOrStore(router, &routeCache{routes: make(map[registration]struct{})})
	return cached.(*routeCache)
}

func (cache *routeCache) has(route registration) bool {
	cache.mu.RLock()
	_, ok := cache.routes[route]
	cache.mu.RUnlock()
	return ok
}

func (cache *routeCache) add(route registration) {
	cache.mu.Lock()
	defer cache.mu.Unlock()
	cache.routes[route] = struct{}{}
}

// handlerKind is the kind of handler that a request was routed to.
type handlerKind int

const (
	// unclearHandler means that the handler may be that of a route or a RouteNotFound
	// handler.
	unclearHandler handlerKind = iota
	// routeHandler means that the handler is that of a route.
	routeHandler
	// notFoundHandler means that the handler is a RouteNotFound handler.
	notFoundHandler
)

// unusedMethod is a request method for which no application registers a route. For this
// method, the router finds only RouteNotFound handlers.
const unusedMethod = " "

// kindOfHandler returns the kind of the handler that router finds for c's request. It asks
// router twice: with the request's method and with unusedMethod. If both answers are the
// same handler, it is a RouteNotFound handler.
func kindOfHandler(c echo.Context, router *echo.Router) handlerKind {
	path := c.Path()
	foundPath, names := findRoute(c, router, c.Request().Method)
	if foundPath != path {
		// The request has changed after routing, or the handler has set the path.
		return unclearHandler
	}
	otherPath, otherNames := findRoute(c, router, unusedMethod)
	switch {
	case otherPath != path:
		return routeHandler
	case len(names) == 0 || len(otherNames) == 0:
		return unclearHandler
	case &names[0] == &otherNames[0]:
		// Echo creates one slice of parameter names for each registration. The same slice
		// therefore means the same registration.
		return notFoundHandler
	default:
		return routeHandler
	}
}

// findRoute returns the path and the parameter names of the route that router finds for
// the path of c's request and for method. The returned path is "" if there is no route.
func findRoute(c echo.Context, router *echo.Router, method string) (path string, names []string) {
	foundContext := c.Echo().NewContext(c.Request(), nil)
	router.Find(method, echo.GetPath(c.Request()), foundContext)
	if foundContext.Get(echo.ContextKeyHeaderAllow) != nil {
		return "", nil
	}
	return foundContext.Path(), foundContext.ParamNames()
}
