// Package ginotel records a server span, with the correct parent, and the metrics of the
// HTTP semantic conventions for every request of a Gin engine.
//
// Gin applies a middleware only to routes and groups that are added after it: call [Use]
// before adding routes and groups, since a group copies the engine's middlewares when it
// is created. Requests that match no route or whose method is not allowed are covered in
// any order. Gin's own redirects (RedirectTrailingSlash, RedirectFixedPath) run no
// middleware and record no span; to see them, wrap the engine in nethttpotel's middleware
// too.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	r := gin.New()
//	r.Use(gin.Recovery())
//	ginotel.Use(r, tel)
//	r.GET("/process/:item_id", process)
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: r})
//
// The span is in c.Request.Context(). [WithContextFallback] makes Use turn on the
// engine's ContextWithFallback, so that c itself carries the span when it is passed on as
// a context.
//
// Gin reuses a *gin.Context for other requests. Code that outlives the response must not
// retain c. It may retain c.Copy() and c.Request.Context(), which have the trace and the
// baggage, but are canceled after the response. For background work, use core's
// Telemetry.Go.
//
// Register Recovery before this middleware, so that this middleware sees panics with
// their stack trace. [Use] also registers a handler before all others, which sees the
// final response: the span has the status and size of the response that the server sends,
// whatever other middlewares render, recover, buffer or compress. [Middleware] alone sees
// only what is written to Gin's own writer. If a middleware further out has replaced that
// writer, the span has no size, and no status if the response is written after the
// handlers.
//
// A timeout middleware further out, such as gin-contrib's, may respond while the handlers
// continue, so that Gin reuses c before they return. For this reason, the route is read
// before the handlers run, and the functions of [WithSpanName] and [WithAttributes] are
// not called if Use sees that the response was already sent.
//
// Attributes, exclusion rules and trusted callers are configured once for the whole
// service, in core.Setup or httpserver.New.
package ginotel
