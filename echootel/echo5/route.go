package echootel

import "github.com/labstack/echo/v5"

// route returns the template of c's route, or "" if c has none. It has none before
// routing, for a 404, and for a 405 or an OPTIONS response of the router on a path that
// has other methods. A 404 includes a response of a RouteNotFound handler, of which every
// group with a middleware has two.
func route(c *echo.Context) string {
	switch info := c.RouteInfo(); {
	case info.Method == "" || info.Method == echo.RouteNotFound:
		return ""
	case info.Name == echo.NotFoundRouteName || info.Name == echo.MethodNotAllowedRouteName:
		// A custom router may set Method to a real method, so check the name too.
		return ""
	default:
		return c.Path()
	}
}
