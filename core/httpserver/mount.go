package httpserver

import "github.com/samespan/samespan/core/httpserver/internal/route"

// setMount records where the router is mounted.
func (x *Exchange) setMount(req *Request) {
	if req.RoutedPath == "" {
		return
	}
	x.rare = &rareFields{mount: validText(req.Mount), routedPath: validText(req.RoutedPath)}
	x.rare.prefix = route.MountPrefix(x.rare.mount, x.path, x.rare.routedPath)
}

// routedPath returns the path that the router sees.
func (x *Exchange) routedPath() string {
	if x.rare == nil || x.rare.routedPath == "" {
		return x.path
	}
	return x.rare.routedPath
}

// formatRoute returns a route in the configured format, with the prefix that the
// router is mounted at. joined reports whether it already has that prefix.
func (x *Exchange) formatRoute(native string) (written string, joined bool) {
	written = x.in.operations.formatRoute(native)
	if x.rare == nil || x.rare.prefix == "" || native == "" || native == x.rare.mount {
		return written, false
	}
	return x.rare.prefix + written, true
}

// operationFor returns the operation of a method and a route in the framework's
// format.
func (x *Exchange) operationFor(m *method, native string) *operation {
	if written, joined := x.formatRoute(native); joined {
		return x.in.operations.byFormattedRoute(m, written)
	}
	return x.in.operations.byNativeRoute(m, native)
}
