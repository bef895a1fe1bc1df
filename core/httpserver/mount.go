package httpserver

import "github.com/samespan/samespan/core/httpserver/internal/route"

// mountAt records where the router is mounted.
func (x *Exchange) mountAt(req *Request) {
	if req.RoutedPath == "" {
		return
	}
	x.rare = &rareFields{mount: text(req.Mount), routed: text(req.RoutedPath)}
	x.rare.prefix = route.MountPrefix(x.rare.mount, x.path, x.rare.routed)
}

// routedPath returns the path that the router sees.
func (x *Exchange) routedPath() string {
	if x.rare == nil || x.rare.routed == "" {
		return x.path
	}
	return x.rare.routed
}

// route returns a route in the configured format, with the prefix that the
// router is mounted at. joined reports whether it already has that prefix.
func (x *Exchange) route(native string) (written string, joined bool) {
	written = x.in.operations.write(native)
	if x.rare == nil || x.rare.prefix == "" || native == "" || native == x.rare.mount {
		return written, false
	}
	return x.rare.prefix + written, true
}

// operationOn returns the operation of a method and a route in the framework's
// format.
func (x *Exchange) operationOn(m *method, native string) *operation {
	if written, joined := x.route(native); joined {
		return x.in.operations.ofWritten(m, written)
	}
	return x.in.operations.of(m, native)
}
