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

// routes finds the route that answered, by what Fiber shows of an app's routes.
type routes struct {
	tables routing.Tables[*fiber.App, *fiber.Route]
}

func newRoutes() *routes {
	r := &routes{}
	r.tables.Read = tableOf
	return r
}

// of returns the template of the endpoint or the static directory that answered
// c's request, "" if none did. failed says that the handlers returned an error.
// c's own route is the last one that Fiber tried: after a 404 or 405, and when
// an endpoint has passed the request on, that is a middleware's.
func (r *routes) of(c fiber.Ctx, failed bool) string {
	last := c.Route()
	if len(last.Handlers) == 0 {
		// Made up by Fiber, out of the path, for a Ctx that has no route.
		return ""
	}
	app, method := c.App(), c.Method()
	table, place := r.tables.Find(app, method, last)
	if place.Endpoint {
		return last.Path
	}
	if !failed {
		if statics, alone := isStatic(last); statics && fileAnswered(c, alone) {
			if strings.Contains(last.Path, "*") {
				return last.Path
			}
			return strings.TrimSuffix(last.Path, "/") + "/*"
		}
	}
	if !c.Matched() {
		return ""
	}
	path, matches := matching(c)
	return table.Passed(method, path, place, matches)
}

// presumed returns the template of the endpoint that c's path leads to, for a c
// that another goroutine may still route.
func (r *routes) presumed(c fiber.Ctx) string {
	path, matches := matching(c)
	return r.tables.Of(c.App()).First(c.Method(), path, matches)
}

// matching returns c's path as templates are compared with it, and how.
func matching(c fiber.Ctx) (path string, matches func(path, template string) bool) {
	path, config := c.Path(), c.App().Config()
	if !config.StrictRouting && len(path) > 1 {
		path = strings.TrimRight(path, "/")
	}
	return path, func(path, template string) bool { return fiber.RoutePatternMatch(path, template, config) }
}

// tableOf reads the routes of app.
func tableOf(app *fiber.App) *routing.Table[*fiber.Route] {
	config := app.Config()
	stack := make([][]routing.Route[*fiber.Route], 0, len(config.RequestMethods))
	for _, registered := range app.Stack() {
		var routes []routing.Route[*fiber.Route]
		for _, route := range registered {
			routes = append(routes, routing.Route[*fiber.Route]{Key: route, Description: describe(route)})
		}
		stack = append(stack, routes)
	}
	var endpoints []routing.Description
	for _, endpoint := range app.GetRoutes(true) {
		endpoints = append(endpoints, describe(&endpoint))
	}
	return routing.New(config.RequestMethods, stack, endpoints, !config.CaseSensitive)
}

func describe(route *fiber.Route) routing.Description {
	d := routing.Description{Method: route.Method, Path: route.Path, Handlers: len(route.Handlers)}
	if d.Handlers > 0 {
		d.First = &route.Handlers[0]
	}
	return d
}

// isStatic tells whether a middleware's route has a static directory, and
// nothing else.
func isStatic(route *fiber.Route) (statics, alone bool) {
	for _, handler := range route.Handlers {
		if reflect.ValueOf(handler).Pointer() == staticHandler() {
			return true, len(route.Handlers) == 1
		}
	}
	return false, false
}

// staticHandler is the code of what static.New returns. A handler that it does
// not know, because Fiber has come to return several, has no route.
var staticHandler = sync.OnceValue(func() uintptr { return reflect.ValueOf(static.New("")).Pointer() })

// fileAnswered tells whether a static directory answered, and not a middleware
// that shares its route, unless alone says that none does. fasthttp's file
// server is known by what it answers: a file has the time of its last change,
// and a directory is redirected to itself with a slash behind it.
func fileAnswered(c fiber.Ctx, alone bool) bool {
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
