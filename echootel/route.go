package echootel

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/labstack/echo/v4"
)

const (
	// noMethod is a method that no request has and no route is for.
	noMethod = "\x00"
	// maxHandlers bounds what routes keeps: an application may give each
	// request a handler of its own with SetHandler.
	maxHandlers = 10_000
)

// routes tells the routes of an application from what Echo's router reports
// like one, though nothing of the application answered to it.
type routes struct {
	// catchAll holds, by handler, whether it is a RouteNotFound one.
	catchAll sync.Map
	room     atomic.Int64
}

func newRoutes() *routes {
	r := &routes{}
	r.room.Store(maxHandlers)
	return r
}

// of returns the template of the route that c was routed to, "" if it was to
// none: before routing, for a 404, and for the 405 and the answer to OPTIONS
// that the router gives by itself on a path that has other methods.
func (r *routes) of(c echo.Context) string {
	path := c.Path()
	if path == "" || c.Get(echo.ContextKeyHeaderAllow) != nil || r.isCatchAll(c) {
		return ""
	}
	return path
}

// isCatchAll tells whether c was routed to a handler for what is not found.
// Every group with a middleware has two of them.
func (r *routes) isCatchAll(c echo.Context) bool {
	key := identity(c.Handler())
	if known, ok := r.catchAll.Load(key); ok {
		return known.(bool)
	}
	found := findCatchAll(c)
	if r.room.Add(-1) >= 0 {
		r.catchAll.Store(key, found)
	} else {
		r.room.Add(1)
	}
	return found
}

// findCatchAll asks the router for a method that no route has. It then takes
// the same way as it took for c as long as it found no route, and so comes to
// c's handler only if that is one for what is not found.
func findCatchAll(c echo.Context) bool {
	e, r := c.Echo(), c.Request()
	router, ok := e.Routers()[r.Host]
	if !ok {
		router = e.Router()
	}
	probe := e.NewContext(nil, nil)
	router.Find(noMethod, echo.GetPath(r), probe)
	return identity(probe.Handler()) == identity(c.Handler())
}

// identity tells functions apart, which Go does not compare: Echo wraps every
// handler in the same closure, so that their code is the same and only what
// they close over is not.
func identity(h echo.HandlerFunc) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&h))
}
