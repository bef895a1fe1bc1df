// Package fiberotel records a server span, with the correct parent, and the metrics of
// the HTTP semantic conventions for every request of a Fiber v3 app.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	app := fiber.New()
//	app.Use("*", fiberotel.Middleware(tel))
//	app.Get("/process/:item_id", process)
//	err = tel.Serve(ctx, fiberotel.Server(app, ":8080"))
//
// The package has the same names as the package for Fiber v2 in the parent folder, but Server
// takes a fiber.ListenConfig in place of a ServerOption. A service that moves to Fiber v3
// changes the import path to github.com/samespan/samespan/fiberotel/fiber3, and *fiber.Ctx to
// fiber.Ctx in its hooks.
//
// # What is covered
//
// Register the middleware for "*". Without a path, Fiber v3 calls a middleware only for
// paths that begin with a slash. Clients may send other paths, and an endpoint such as "*"
// matches them.
//
// The middleware covers everything that is registered after it: endpoints, groups, mounted
// apps, static directories, routes that are added while the server runs, and requests that
// match nothing. It does not cover handlers that are registered before it and do not call
// Next. It does not record responses of fasthttp and Fiber themselves: to malformed
// requests, although Fiber v3 calls middlewares for them, to methods that are not in
// Config.RequestMethods and, with Config.SkipUnmatchedRoutes of Fiber v3.5, to requests that
// match no route.
//
// The route is that of the endpoint that responded, or of the last endpoint that called
// Next. The route of a static middleware that is registered with Use is its prefix followed
// by /*. There is no route if a middleware responds, and for 404 and 405. Samplers do not
// see the route, since it is known only when the handlers have returned.
//
// # Contexts
//
// Pass c.Context() to the functions that need a context. It has the span and the baggage,
// and stays valid after the response, when Fiber reuses c for another request. There are two
// more contexts with the span: c itself, and c.RequestCtx(), fasthttp's own context. Do not
// use these two after the response. None of the contexts ends when the client disconnects,
// since fasthttp does not report disconnects.
//
// If a handler passes the request to the Handler of another app, register the middleware in
// both apps. Fiber v3 resets c.Context() for the other app. Since v3.3, Fiber also resets it
// when the other app's Handler returns, so a handler that needs the context afterwards must
// get it before that call.
//
// Strings that Fiber returns are in buffers that Fiber reuses. This package copies all
// strings that it records, including the results of [WithSpanName] and [WithAttributes].
// The application must copy the strings that it retains, such as attributes of its own
// spans, with strings.Clone or Config.Immutable.
//
// # When a span ends
//
// The span ends when fasthttp has written the response, including a stream. It has the
// status and size that were sent, which the error handler and outer middlewares may have
// changed. The size of a stream is known only if the application declares it.
//
// If the connection is hijacked, as for a WebSocket, the span ends when the handlers
// return. The same applies if the app runs without a server, as in Fiber's adaptor
// middleware or a proxy of AWS Lambda. Without a server, register this middleware first. In
// this case, if the handlers return an error, this middleware calls the app's error handler
// and records the response. If another middleware runs first and the handlers return an
// error, the span has no status.
//
// fasthttp does not report a response that is cut off, but the connections of [Server] do.
// The span of such a response is an error. Its error.type says whether the client,
// Config.WriteTimeout or the shutdown of the server was the cause.
//
// A panic that no code recovers ends the process. The span ends without a status. Go's
// output about the panic has a line from this package.
//
// Register Fiber's timeout after this middleware. The timeout runs its handler in a
// goroutine. If this middleware runs in that goroutine, it does not observe the response of
// the timeout, and the span has no status. If an endpoint times out, the span has the first
// route that its path matches, without regard to custom constraints, and the hooks are not
// called. An outer middleware that calls fasthttp's TimeoutError makes fasthttp abandon the
// request, and this middleware cannot observe that.
//
// # Exclusion
//
// Exclusion rules read paths as the app does. They ignore case unless Config.CaseSensitive
// is set. They do not decode escapes unless Config.UnescapePath is set.
//
// Attributes, exclusion rules and trusted callers are configured once for the whole
// service, in core.Setup or httpserver.New.
package fiberotel
