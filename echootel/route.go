package echootel

import (
	"sync"

	"github.com/labstack/echo/v4"
)

// maxKnown bounds what routes keeps: the method is the client's to choose.
const maxKnown = 10_000

// routes tells the routes of an application from what Echo's router reports
// like one, though nothing of the application answered to it.
type routes struct {
	mu sync.RWMutex
	// known are the routes that were seen to be the application's, room how
	// many of them are kept.
	known map[routed]struct{}
	room  int
}

// routed is what a request was routed to.
type routed struct {
	router       *echo.Router
	method, path string
}

func newRoutes() *routes { return &routes{known: make(map[routed]struct{}), room: maxKnown} }

// of returns the template of the route that c was routed to, "" if it was to
// none: before routing, for a 404, and for the 405 and the answer to OPTIONS
// that the router gives by itself on a path that has other methods.
func (r *routes) of(c echo.Context) string {
	path := c.Path()
	if path == "" || c.Get(echo.ContextKeyHeaderAllow) != nil {
		return ""
	}
	e, request := c.Echo(), c.Request()
	key := routed{router: e.Router(), method: request.Method, path: path}
	if router, ok := e.Routers()[request.Host]; ok {
		key.router = router
	}
	if r.knows(key) {
		return path
	}
	if isCatchAll(key) {
		return ""
	}
	r.learn(key)
	return path
}

func (r *routes) knows(key routed) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, ok := r.known[key]
	return ok
}

func (r *routes) learn(key routed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) < r.room {
		r.known[key] = struct{}{}
	}
}

// isCatchAll tells whether it was a handler for what is not found: one that
// RouteNotFound registered, as every group with a middleware does twice. A
// route with the same path, for the request's method, comes before it. The
// answer is not kept, since a route may be added yet.
func isCatchAll(key routed) bool {
	found := false
	for _, route := range key.router.Routes() {
		if route.Path != key.path {
			continue
		}
		switch route.Method {
		case key.method:
			return false
		case echo.RouteNotFound:
			found = true
		}
	}
	return found
}
