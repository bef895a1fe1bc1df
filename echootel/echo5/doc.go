// Package echootel records a server span, with the correct parent, and the metrics of the
// HTTP semantic conventions for every request of an Echo v5 application.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	e := echo.New()
//	e.Use(echootel.Middleware(tel))
//	e.GET("/process/:item_id", process)
//	err = tel.Serve(ctx, echootel.Server(e, ":8080"))
//
// The package has the same names as the package for Echo v4 in the parent folder, but Server
// takes an echo.StartConfig in place of a ServerOption. A service that moves to Echo v5 changes
// the import path to github.com/samespan/samespan/echootel/echo5, and echo.Context to
// *echo.Context in its hooks.
//
// One call covers every route, including routes that are added later. The order of
// middlewares matters. Register Recover before this middleware: panics then pass through
// it and are recorded with their stack trace. Register all other middlewares after it: the
// span then includes them. If Gzip is one of them, the body size of the response is the
// compressed size. The span is in c.Request().Context(), also in the error handler.
//
// http.route is the path with which the route was registered, even if the router uses a GET
// route for HEAD. A request to which the router itself responds has no http.route: a 404
// (including a 404 in a group or from a RouteNotFound handler), a 405, and OPTIONS on a
// path without an OPTIONS route.
//
// If the middleware is registered with Pre instead of Use, it also covers other Pre
// middlewares. Samplers then do not see the route, since the span starts before routing. If
// the application is mounted at a pattern of net/http's mux, the route includes that
// pattern only with Pre: Echo overwrites the pattern before it calls the middlewares of
// Use.
//
// With NewVirtualHostHandler, register the middleware on each host's Echo: the outer Echo
// does not run its own middlewares for known hosts.
//
// An error of a handler passes through all middlewares unchanged. Echo's error handler
// runs once, after them. The span ends after the error handler, with the status that was
// sent.
//
// Attributes, exclusion rules and trusted callers are configured once for the whole
// service, in core.Setup or httpserver.New.
package echootel
