package httpserver

import "github.com/samespan/samespan/core/httpserver/internal/route"

// setMount stores where the router is mounted.
func (x *Exchange) setMount(req *Request) {
	if req.RoutedPath == "" {
		return
	}
	x.rare = &rareFields{mount: validText(req.Mount), routedPath: validText(req.RoutedPath)}
	x.rare.prefix = route.MountPrefix(x.rare.mount, x.path, x.rare.routedPath)
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
// router is mounted. joined reports whether formatRoute has added this prefix.
func (x *Exchange) formatRoute(native string) (written string, joined bool) {
	written = x.instrumentation.operations.formatRoute(native)
	if x.rare == nil || x.rare.prefix == "" || native == "" || native == x.rare.mount {
		return written, false
	}
	return x.rare.prefix + written, true
}

// operationFor returns the operation of a method and a route that is in the framework's
// format.
func (x *Exchange) operationFor(m *method, native string) *operation {
	if written, joined := x.formatRoute(native); joined {
		return x.instrumentation.operations.byFormattedRoute(m, written)
	}
	return x.instrumentation.operations.byNativeRoute(m, native)
}
