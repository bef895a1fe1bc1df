package httpserver

import "github.com/samespan/samespan/core/httpserver/internal/route"

// setMount stores where the router is mounted.
func (x *Exchange) setMount(req *Request) {
	if req.RoutedPath == "" {
		return
	}
	x.rare = &rareFields{mount: validText(req.Mount), routedPath: validText(req.RoutedPath)}
	x.rare.mountPrefix = route.MountPrefix(x.rare.mount, x.path, x.rare.routedPath)
}

// routedPath returns the path that the router sees, which differs from the request's if
// the router is mounted.
func (x *Exchange) routedPath() string {
	if x.rare == nil || x.rare.routedPath == "" {
		return x.path
	}
	return x.rare.routedPath
}

// formatRoute returns a route in the configured format, including the prefix at which the
// router is mounted. native is the route in the framework's format. hasMountPrefix reports
// whether formatRoute has added the prefix.
func (x *Exchange) formatRoute(native string) (formatted string, hasMountPrefix bool) {
	formatted = x.instrumentation.operations.formatRoute(native)
	if x.rare == nil || x.rare.mountPrefix == "" || native == "" || native == x.rare.mount {
		return formatted, false
	}
	return x.rare.mountPrefix + formatted, true
}

// operationFor returns the operation of a method and a route that is in the framework's
// format.
func (x *Exchange) operationFor(m *method, native string) *operation {
	if formatted, hasMountPrefix := x.formatRoute(native); hasMountPrefix {
		return x.instrumentation.operations.byFormattedRoute(m, formatted)
	}
	return x.instrumentation.operations.byNativeRoute(m, native)
}
