package fiberotel

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/filesystem"

	"github.com/samespan/samespan/fiberotel/internal/routing"
)

// routeFinder finds the route of a request. It uses the lists of routes that Fiber's API
// provides.
type routeFinder struct {
	// tables caches the routes of each app.
	tables routing.Tables[*fiber.App, *fiber.Route]
}

// newRouteFinder returns a routeFinder with an empty cache.
func newRouteFinder() *routeFinder {
	r := &routeFinder{}
	r.tables.Read = tableOf
	return r
}

// routeOf returns the template of the endpoint or static directory that has responded to
// c's request, or "" if there is none. failed is set if the handlers returned an error.
// c.Route returns the last route that Fiber tried, which may be the route of a middleware:
// after a 404 or 405, and after an endpoint that called Next.
func (r *routeFinder) routeOf(c *fiber.Ctx, failed bool) string {
	lastRoute := c.Route()
	if len(lastRoute.Handlers) == 0 {
		// c has no route. In that case, c.Route returns a route that Fiber makes from the path.
		return ""
	}
	// A handler may have changed c.Method since Fiber found the route. But App.Static
	// registers one route for GET and HEAD, which has the method HEAD.
	app, method := c.App(), lastRoute.Method
	if method == fiber.MethodHead {
		method = c.Method()
	}
	table, place := r.tables.Find(app, method, lastRoute)
	if place.Endpoint {
		return lastRoute.Path
	}
	if !failed {
		if found, alone := hasStaticDirectory(table, method, lastRoute); found && isStaticResponse(c, alone) {
			return strings.TrimSuffix(lastRoute.Path, "/") + "/*"
		}
	}
	path, config := c.Path(), app.Config()
	if !config.StrictRouting && len(path) > 1 {
		path = strings.TrimRight(path, "/")
	}
	return table.Passed(method, path, place, func(path, template string) bool {
		return fiber.RoutePatternMatch(path, template, config)
	})
}

// tableOf returns a new table of the routes of app.
func tableOf(app *fiber.App) *routing.Table[*fiber.Route] {
	config := app.Config()
	stack := make([][]routing.Route[*fiber.Route], 0, len(config.RequestMethods))
	for _, registered := range app.Stack() {
		var routes []routing.Route[*fiber.Route]
		for _, route := range registered {
			routes = append(routes, routing.Route[*fiber.Route]{Key: route, Description: describeRoute(route)})
		}
		stack = append(stack, routes)
	}
	var endpoints []routing.Description
	for _, endpoint := range app.GetRoutes(true) {
		endpoints = append(endpoints, describeRoute(&endpoint))
	}
	return routing.New(config.RequestMethods, stack, endpoints, !config.CaseSensitive)
}

// describeRoute returns the description by which package routing recognizes route among the
// endpoints.
func describeRoute(route *fiber.Route) routing.Description {
	d := routing.Description{Method: route.Method, Path: route.Path, Handlers: len(route.Handlers)}
	if d.Handlers > 0 {
		d.First = &route.Handlers[0]
	}
	return d
}

// hasStaticDirectory reports whether a static directory is registered as a middleware for
// route's path (found), and whether it is the only middleware for this path (alone). It is a
// directory of App.Static or of the filesystem middleware. A middleware for GET and HEAD only
// is a static directory, since only App.Static registers such a middleware.
func hasStaticDirectory(table *routing.Table[*fiber.Route], method string, route *fiber.Route) (found, alone bool) {
	if method != fiber.MethodGet && method != fiber.MethodHead {
		return false, false
	}
	for _, handler := range route.Handlers {
		if reflect.ValueOf(handler).Pointer() == filesystemHandlerPointer() {
			return true, len(route.Handlers) == 1
		}
	}
	getHandlers, _ := table.Middlewares(method, route.Path)
	for _, otherMethod := range fiber.DefaultMethods {
		if otherMethod == fiber.MethodGet || otherMethod == fiber.MethodHead {
			continue
		}
		if otherHandlers, ok := table.Middlewares(otherMethod, route.Path); ok {
			return getHandlers > otherHandlers, otherHandlers == 0
		}
	}
	return false, false
}

// filesystemHandlerPointer is the code pointer of the handlers that filesystem.New returns.
// All of them are the same function at present. If filesystem.New returned different
// functions, requests for their files would have no route.
var filesystemHandlerPointer = sync.OnceValue(func() uintptr {
	return reflect.ValueOf(filesystem.New(filesystem.Config{Root: http.Dir("")})).Pointer()
})

// isStaticResponse reports whether a static directory has responded, and not another
// middleware with the same route. alone must be set if there is no other middleware.
// A file has a Last-Modified header or, in the filesystem middleware, is the body. fasthttp's
// file server redirects the path of a directory to the path with a slash.
func isStaticResponse(c *fiber.Ctx, alone bool) bool {
	response := c.Response()
	switch status := response.StatusCode(); status {
	case http.StatusNotFound, http.StatusForbidden, http.StatusMethodNotAllowed:
		return false
	case http.StatusOK, http.StatusPartialContent:
		_, isFile := response.BodyStream().(http.File)
		return alone || isFile || len(response.Header.Peek(fiber.HeaderLastModified)) > 0
	case http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable:
		return true
	case http.StatusFound, http.StatusMovedPermanently:
		return alone || bytes.HasSuffix(response.Header.Peek(fiber.HeaderLocation), []byte(c.Path()+"/"))
	default:
		return alone
	}
}
