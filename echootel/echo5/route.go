package echootel

import "github.com/labstack/echo/v5"

// route returns the template of the route that c was routed to, "" if it was to
// none: before routing, for a 404, also one that a handler for what is not
// found answers, as every group with a middleware has two, and for the 405 and
// the answer to OPTIONS that the router gives by itself on a path that has
// other methods.
func route(c *echo.Context) string {
	switch info := c.RouteInfo(); {
	case info.Method == "" || info.Method == echo.RouteNotFound:
		return ""
	case info.Name == echo.NotFoundRouteName || info.Name == echo.MethodNotAllowedRouteName:
		// A router of the application's own may name a method.
		return ""
	default:
		return c.Path()
	}
}
