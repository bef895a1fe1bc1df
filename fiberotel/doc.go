// Package fiberotel records a server span, with the correct parent, and the metrics of
// the HTTP semantic conventions for every request of a Fiber v2 app.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	app := fiber.New()
//	app.Use(fiberotel.Middleware(tel))
//	app.Get("/process/:item_id", process)
//	err = tel.Serve(ctx, fiberotel.Server(app, ":8080"))
//
// # What is covered
//
// The middleware covers everything that is registered after it: endpoints, groups, mounted
// apps, static directories, routes that are added while the server runs, and requests that
// match nothing. It does not cover handlers that are registered before it and do not call
// Next. It does not cover responses of fasthttp and Fiber themselves: to malformed requests,
// and to methods that are not in Config.RequestMethods.
//
// The route is that of the endpoint that responded, or of the last endpoint that called
// Next. The route of a static directory, including one of the filesystem middleware, is its prefix
// followed by /*. There is no route if a middleware responds, and for 404 and 405. Samplers
// do not see the route, since it is known only when the handlers have returned.
//
// # Contexts
//
// Pass c.UserContext() to the functions that need a context. It has the span and the
// baggage, and stays valid after the response, when Fiber reuses c for another request.
// c.Context(), fasthttp's own context, has the span too, but do not use it after the
// response. Neither context ends when the client disconnects, since fasthttp does not
// report disconnects.
//
// Strings that Fiber returns are in buffers that Fiber reuses. This package copies all
// strings that it records, including the results of [WithSpanName] and [WithAttributes].
// The application must copy the strings that it retains, such as attributes of its own
// spans, with utils.CopyString or Config.Immutable.
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
// Some middlewares call fasthttp's TimeoutError. Register them after this middleware. If
// such a middleware runs before this one, it makes fasthttp abandon the request, and this
// middleware cannot observe that. The same applies to Fiber's deprecated timeout.New, which
// responds while the handlers still use the context.
//
// # Exclusion
//
// Exclusion rules read paths as the app does. They ignore case unless Config.CaseSensitive
// is set. They do not decode escapes unless Config.UnescapePath is set.
//
// Attributes, exclusion rules and trusted callers are configured once for the whole
// service, in core.Setup or httpserver.New.
package fiberotel
