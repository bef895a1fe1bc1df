// Package echootel makes every request of an Echo v5 application one correctly
// parented OpenTelemetry server span, with the metrics of the HTTP semantic
// conventions.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	e := echo.New()
//	e.Use(echootel.Middleware(tel))
//	e.GET("/process/:item_id", process)
//	err = tel.Serve(ctx, echootel.Server(e, ":8080"))
//
// It has the names of the package for Echo v4, the one in the folder above:
// a service that moves to Echo v5 changes the import path alone, to
// github.com/samespan/samespan/echootel/echo5.
//
// One call covers every route, those that are added later too. Register it
// before other middlewares, so that what they do is part of the request, and
// after Recover, so that a panic is seen with its stack. The size of an answer
// is what passes the middleware: Gzip belongs after it too. The request's
// context is c.Request().Context(), and stays so for the error handler.
//
// The route is the path that the route was registered with, also where the
// router answers HEAD with a GET route. What the router answers by itself has
// none: a 404, also one by RouteNotFound or in a group, a 405, and OPTIONS on a
// path without an OPTIONS route. Middleware in Pre instead of Use covers the
// other Pre middlewares too, but a sampler then decides without the route,
// which is not known before Pre has run. Mounted below a pattern of net/http's
// mux, the route has that pattern in front of it only with the middleware in
// Pre: in Use, Echo has overwritten the pattern already. Behind NewVirtualHostHandler each
// host's Echo needs the middleware, since the outer one hands a known host's
// requests on before its own middlewares.
//
// An error that a handler returns goes up through every middleware as it is,
// and Echo's error handler runs once, after them. The span waits for it: its
// status is the one that was sent.
//
// What a span looks like, what is excluded and whom to trust is decided once
// for the whole service, in core.Setup or httpserver.New.
package echootel
