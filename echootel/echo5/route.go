package echootel

import "github.com/labstack/echo/v5"

// route returns the path with which c's route was registered. It returns "" if there is no
// route: before the router has run, or if the router itself responds with a 404, with a
// 405, or to OPTIONS. A RouteNotFound handler is not a route: Echo registers two of these
// handlers for every group with a middleware.
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
