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
// stack. A middleware that renders what handlers recorded with c.Error may stand
// on either side: outside, the span ends after it has answered. Any other that
// writes the answer after c.Next, or compresses it, belongs inside, or the span
// shows the answer as it was before.
//
// What a span looks like, what is excluded and whom to trust is decided once
// for the whole service, in core.Setup or httpserver.New.
package ginotel
