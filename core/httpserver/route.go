package httpserver

// RouteFormat is how routes are written in http.route and in span names.
type RouteFormat int

const (
	// RouteNative writes a route as its framework does: /process/:item_id in
	// Gin, Echo and Fiber, /process/{item_id} in net/http.
	RouteNative RouteFormat = iota
	// RouteBraces writes every framework's routes as net/http does:
	// /process/{item_id}, and {filepath...} for a wildcard, {...} for one
	// without a name.
	RouteBraces
)
