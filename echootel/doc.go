// Package echootel records a server span, with the correct parent, and the metrics of the
// HTTP semantic conventions for every request of an Echo application.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	e := echo.New()
//	e.Use(echootel.Middleware(tel))
//	e.GET("/process/:item_id", process)
//	err = tel.Serve(ctx, echootel.Server(e, ":8080"))
//
// One call covers every route, including routes added later. Register the middleware
// before other middlewares, so that the span includes them, but after Recover, so that it
// sees panics with their stack trace. Register Gzip after it, so that it sees the
// compressed size of a response. The span is in c.Request().Context(), also in the error
// handler.
//
// http.route is the path with which the route was registered. Responses of the router
// itself have no route: a 404, including one from RouteNotFound or in a group, a 405, and
// OPTIONS on a path without an OPTIONS route. In Pre instead of Use, the middleware
// covers other Pre middlewares too, but samplers do not get the route, which is not known
// then.
//
// An error of a handler passes through all middlewares unchanged, and Echo's error
// handler runs once, after them. The span ends after that, with the status that was sent.
//
// Attributes, exclusion rules and trusted callers are configured once for the whole
// service, in core.Setup or httpserver.New.
package echootel
