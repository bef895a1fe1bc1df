package httpserver

// RouteFormat is the format of routes in http.route and in span names.
type RouteFormat int

const (
	// RouteNative writes routes as the framework does: /process/:item_id in
	// Gin, Echo and Fiber, /process/{item_id} in net/http.
	RouteNative RouteFormat = iota
	// RouteBraces writes routes of every framework as net/http does:
	// /process/{item_id}, and {filepath...} for a wildcard or {...} for one
	// without a name.
	RouteBraces
)
