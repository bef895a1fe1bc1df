// Package ginotel records a server span, with the correct parent, and the metrics of the
// HTTP semantic conventions for every request of a Gin engine.
//
// Gin applies a middleware only to routes and groups that are added after it: call [Use]
// before adding routes and groups, since a group copies the engine's middlewares when it
// is created. Requests that match no route or whose method is not allowed are covered even
// if Use is called later. Gin's own redirects (RedirectTrailingSlash, RedirectFixedPath)
// run no middleware and record no span. To record them, wrap the engine in nethttpotel's
// middleware too.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	r := gin.New()
//	r.Use(gin.Recovery())
//	ginotel.Use(r, tel)
//	r.GET("/process/:item_id", process)
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: r})
//
// The span is in c.Request.Context(). With [WithContextFallback], it is also in c itself,
// for code that uses c as a context.
//
// Gin reuses a *gin.Context for other requests. Code that runs after the response must not
// use c. It may use c.Copy() and c.Request.Context(), which have the trace and the baggage
// but are canceled after the response. For background work, use core's Telemetry.Go.
//
// Register Recovery before this middleware. Panics then pass through this middleware,
// which records them with their stack trace.
//
// [Use] also registers a handler before all other middlewares. That handler sees the final
// response, so the span has the status and size that the server sends, even if other
// middlewares render errors, recover from panics, or buffer or compress the response.
// [Middleware] does not register such a handler. It sees only what is written to Gin's own
// writer. If an outer middleware has replaced that writer, the span has no size. If, in
// addition, the response is written after the handlers, the span has no status either.
//
// An outer timeout middleware, such as gin-contrib's, may respond while the handlers
// continue. Gin then reuses c before the handlers return. Therefore, the route is read
// before the handlers run. If this middleware was registered with [Use], it does not call
// the functions of [WithSpanName], [WithAttributes] and [WithMetricAttributes] when the
// handlers return after such a response.
//
// Attributes, exclusion rules and trusted callers are configured once for the whole
// service, in core.Setup or httpserver.New.
package ginotel
