package httpserver

// RouteFormat is the format of routes in http.route and in span names.
type RouteFormat int

const (
	// RouteNative keeps the framework's syntax: /process/:item_id in Gin, Echo and Fiber,
	// /process/{item_id} in net/http.
	RouteNative RouteFormat = iota
	// RouteBraces uses the syntax of net/http for all frameworks: /process/{item_id} for
	// a parameter, {filepath...} for a wildcard, and {...} for a wildcard without a name.
	RouteBraces
)
