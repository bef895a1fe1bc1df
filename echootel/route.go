package echootel

import (
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

// maxRouters bounds how many routers' routes are kept. Most applications have
// one, and one more for each host.
const maxRouters = 1000

// routes tells a route of the application from a registration for what is not
// found (RouteNotFound, and two in every group with a middleware), which Echo
// reports as c.Path() like a route. Echo's list of its routes must not be read
// for that while requests are served: it is a map, and reading it while the
// application adds a route ends the process. The router itself is asked in its
// place.
type routes struct {
	// first is of the first router, most often the only one.
	first atomic.Pointer[known]
	// further has the *known of each other *echo.Router.
	further sync.Map
	routers atomic.Int64
}

// known are the routes of one router that have been asked for. Echo never takes
// a route away.
type known struct {
	router *echo.Router
	mu     sync.RWMutex
	routes map[registration]struct{}
}

// registration is a route with one of its methods.
type registration struct{ method, path string }

// of returns the template of the route that c was routed to, "" if it was to
// none: before routing, for a 404, and for the 405 and the answer to OPTIONS
// that the router gives by itself on a path that has other methods. It is not
// certain where a registration for what is not found has the same path.
func (r *routes) of(c echo.Context) (path string, certain bool) {
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
	k := r.knownOf(router)
	if k.has(at) {
		return path, true
	}
	switch match(c, router) {
	case matchedRoute:
		k.add(at)
		return path, true
	case matchedNotFound:
		return "", true
	default:
		return path, false
	}
}

func (r *routes) knownOf(router *echo.Router) *known {
	if first := r.first.Load(); first != nil && first.router == router {
		return first
	}
	if found, ok := r.further.Load(router); ok {
		return found.(*known)
	}
	added := &known{router: router, routes: make(map[registration]struct{})}
	if r.first.CompareAndSwap(nil, added) {
		return added
	}
	if r.routers.Add(1) > maxRouters {
		r.further.Clear()
		r.routers.Store(1)
	}
	found, _ := r.further.LoadOrStore(router, added)
	return found.(*known)
}

func (k *known) has(at registration) bool {
	k.mu.RLock()
	_, ok := k.routes[at]
	k.mu.RUnlock()
	return ok
}

func (k *known) add(at registration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.routes[at] = struct{}{}
}

// matched is what a request was routed to.
type matched int

const (
	// matchedUnknown is a route, or a registration for what is not found.
	matchedUnknown matched = iota
	matchedRoute
	matchedNotFound
)

// noMethod is one that no route has: what the router finds for it is for what
// is not found.
const noMethod = " "

// match routes c's request again, and once more with a method that no route
// has. A router finds the same registration for both only where that is for what
// is not found.
func match(c echo.Context, router *echo.Router) matched {
	path := c.Path()
	again, names := find(c, router, c.Request().Method)
	if again != path {
		// The request has been changed since, or the path set by the handler.
		return matchedUnknown
	}
	other, otherNames := find(c, router, noMethod)
	switch {
	case other != path:
		return matchedRoute
	case len(names) == 0 || len(otherNames) == 0:
		return matchedUnknown
	case &names[0] == &otherNames[0]:
		// Two registrations never share the names of their parameters.
		return matchedNotFound
	default:
		return matchedRoute
	}
}

// find returns the path of the registration that router finds for c's request
// with method, and the names of its parameters; "" for none.
func find(c echo.Context, router *echo.Router, method string) (path string, names []string) {
	scratch := c.Echo().NewContext(c.Request(), nil)
	router.Find(method, echo.GetPath(c.Request()), scratch)
	if scratch.Get(echo.ContextKeyHeaderAllow) != nil {
		return "", nil
	}
	return scratch.Path(), scratch.ParamNames()
}
