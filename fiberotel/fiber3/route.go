package fiberotel

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/static"

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
func (r *routeFinder) routeOf(c fiber.Ctx, failed bool) string {
	lastRoute := c.Route()
	if len(lastRoute.Handlers) == 0 {
		// c has no route. In that case, c.Route returns a route that Fiber makes from the path.
		return ""
	}
	// A handler may have changed c.Method since Fiber found the route.
	app, method := c.App(), lastRoute.Method
	table, place := r.tables.Find(app, method, lastRoute)
	if place.Endpoint {
		return lastRoute.Path
	}
	if !failed {
		if found, alone := hasStaticDirectory(lastRoute); found && isStaticResponse(c, alone) {
			if strings.Contains(lastRoute.Path, "*") {
				return lastRoute.Path
			}
			return strings.TrimSuffix(lastRoute.Path, "/") + "/*"
		}
	}
	if !c.Matched() {
		return ""
	}
	path, matches := pathMatcher(c)
	return table.Passed(method, path, place, matches)
}

// presumedRoute returns the template of the first endpoint that matches c's path. It is used
// instead of routeOf if another goroutine may still be routing c.
func (r *routeFinder) presumedRoute(c fiber.Ctx) string {
	path, matches := pathMatcher(c)
	return r.tables.Of(c.App()).First(c.Method(), path, matches)
}

// pathMatcher returns c's path as Fiber compares it with templates, and a function that
// reports whether a path matches a template.
func pathMatcher(c fiber.Ctx) (path string, matches func(path, template string) bool) {
	path, config := c.Path(), c.App().Config()
	if !config.StrictRouting && len(path) > 1 {
		path = strings.TrimRight(path, "/")
	}
	return path, func(path, template string) bool { return fiber.RoutePatternMatch(path, template, config) }
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

// hasStaticDirectory reports whether one of the handlers of a middleware's route is a static
// directory (found), and whether it is the only handler (alone).
func hasStaticDirectory(route *fiber.Route) (found, alone bool) {
	for _, handler := range route.Handlers {
		if reflect.ValueOf(handler).Pointer() == staticHandlerPointer() {
			return true, len(route.Handlers) == 1
		}
	}
	return false, false
}

// staticHandlerPointer is the code pointer of the handlers that static.New returns. All of
// them are the same function at present. If static.New returned different functions, some
// requests for static files would have no route.
var staticHandlerPointer = sync.OnceValue(func() uintptr { return reflect.ValueOf(static.New("")).Pointer() })

// isStaticResponse reports whether a static directory has responded, and not another
// middleware with the same route. alone must be set if there is no other middleware.
// isStaticResponse recognizes the responses of fasthttp's file server: a file has a
// Last-Modified header, and the path of a directory is redirected to the path with a slash.
func isStaticResponse(c fiber.Ctx, alone bool) bool {
	response := c.Response()
	switch status := response.StatusCode(); status {
	case http.StatusNotFound, http.StatusForbidden, http.StatusMethodNotAllowed:
		return false
	case http.StatusOK, http.StatusPartialContent:
		return alone || len(response.Header.Peek(fiber.HeaderLastModified)) > 0
	case http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable:
		return true
	case http.StatusFound, http.StatusMovedPermanently:
		return alone || bytes.HasSuffix(response.Header.Peek(fiber.HeaderLocation), []byte(c.Path()+"/"))
	default:
		return alone
	}
}
