package fiberotel

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/fiberotel/internal/routing"
)

// routes finds the route that responded. It uses the routes that Fiber's API lists for an
// app.
type routes struct {
	tables routing.Tables[*fiber.App, *fiber.Route]
}

func newRoutes() *routes {
	r := &routes{}
	r.tables.Read = tableOf
	return r
}

// routeOf returns the template of the endpoint or static directory that responded to c's
// request, or "". failed is set if the handlers returned an error. c.Route cannot be used
// directly: it is the last route that Fiber tried. After a 404 or 405, and after an
// endpoint that called Next, that is the route of a middleware.
func (r *routes) routeOf(c *fiber.Ctx, failed bool) string {
	last := c.Route()
	if len(last.Handlers) == 0 {
		// Fiber creates this route from the path if a Ctx has no route.
		return ""
	}
	app, method := c.App(), c.Method()
	table, place := r.tables.Find(app, method, last)
	if place.Endpoint {
		return last.Path
	}
	if !failed {
		if statics, alone := isStatic(table, method, last.Path); statics && isFileResponse(c, alone) {
			return strings.TrimSuffix(last.Path, "/") + "/*"
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

// isStatic reports whether a middleware's route has a static directory, and whether it
// has no other handler. A middleware for exactly GET and HEAD is a static directory: only
// App.Static registers one.
func isStatic(table *routing.Table[*fiber.Route], method, path string) (statics, alone bool) {
	if method != fiber.MethodGet && method != fiber.MethodHead {
		return false, false
	}
	all, _ := table.Middlewares(method, path)
	for _, other := range fiber.DefaultMethods {
		if other == fiber.MethodGet || other == fiber.MethodHead {
			continue
		}
		if others, ok := table.Middlewares(other, path); ok {
			return all > others, others == 0
		}
	}
	return false, false
}

// isFileResponse reports whether a static directory responded, rather than a middleware
// with the same route. alone is set if there is no such middleware. fasthttp's file
// server is recognized by its responses: files have a Last-Modified header, and
// directories are redirected to themselves with a trailing slash.
func isFileResponse(c *fiber.Ctx, alone bool) bool {
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
