// Package ginotel makes every request of a Gin engine one correctly parented
// OpenTelemetry server span, with the metrics of the HTTP semantic conventions.
//
// Gin covers only what is added after a middleware: call [Use] before the first
// route and before the first group, which copies the engine's middleware when
// it is made. Requests that match no route, and those whose method is not
// allowed, are covered in any order. Gin's own redirects (RedirectTrailingSlash,
// RedirectFixedPath) run no middleware and leave no span; where they are to be
// seen, put nethttpotel's middleware around the engine as well.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	r := gin.New()
//	r.Use(gin.Recovery())
//	ginotel.Use(r, tel)
//	r.GET("/process/:item_id", process)
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: r})
//
// The span is in c.Request.Context(). [WithContextFallback] makes Use turn on
// the engine's ContextWithFallback, so that c itself carries the span when it is
// passed on as a context.
//
// Gin uses a *gin.Context again for the next request. What outlives the
// response must not keep c: c.Copy() and c.Request.Context() keep the trace and
// the baggage, but end with the response; core's Telemetry.Go does not.
//
// Recovery belongs outside this middleware, which then sees the panic and its
// stack. [Use] also registers a handler before all others, which sees what goes
// to the wire: whatever middlewares on either side render, recover, hold back or
// compress, the span has the status and the size of the answer that the server
// is given. [Middleware] alone sees what is written over Gin's own writer: where a
// middleware further out has set another one, the status of an answer that comes
// after the handlers is left out, and so is the size.
//
// A middleware further out that answers after a time-out while the handlers go
// on, such as gin-contrib's, lets Gin use c for another request meanwhile. The
// route is read before the handlers run; the functions of [WithSpanName] and
// [WithAttributes] are not called where Use sees that the answer is out.
//
// What a span looks like, what is excluded and whom to trust is decided once
// for the whole service, in core.Setup or httpserver.New.
package ginotel
