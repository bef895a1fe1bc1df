package echootel

import "github.com/labstack/echo/v5"

// route returns the template of c's route, or "" if there is none: before
// routing, for a 404, including one of a RouteNotFound handler, of which every
// group with a middleware has two, and for a 405 or an OPTIONS response of the
// router on a path that has other methods.
func route(c *echo.Context) string {
	switch info := c.RouteInfo(); {
	case info.Method == "" || info.Method == echo.RouteNotFound:
		return ""
	case info.Name == echo.NotFoundRouteName || info.Name == echo.MethodNotAllowedRouteName:
		// An application's own router may set the name of a method.
		return ""
	default:
		return c.Path()
	}
}
