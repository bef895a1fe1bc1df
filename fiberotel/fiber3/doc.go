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
// It has the same names as the package for Fiber v2 in the parent folder: a service that
// moves to Fiber v3 changes the import path, to
// github.com/samespan/samespan/fiberotel/fiber3, and *fiber.Ctx to fiber.Ctx in its
// hooks.
//
// # What is covered
//
// The middleware covers everything registered after it, including routes added while the
// server runs: endpoints, groups, mounted apps and static directories, and requests that
// match nothing. Register it for "*": without a path, Fiber v3 calls a middleware only
// for paths that begin with a slash, and clients may send others, which an endpoint such
// as "*" matches. It does not cover handlers registered before it that do not call Next,
// nor responses of fasthttp and Fiber themselves: to malformed requests, although Fiber
// v3 calls middlewares for them, and to methods that are not in Config.RequestMethods.
//
// The route is that of the endpoint that responded, or of the last endpoint that called
// Next. The route of a static middleware registered with Use is its prefix followed by
// /*. Routes are known only when the handlers have returned, so samplers do not see them.
// There is no route if a middleware answers, and for 404 and 405.
//
// # Contexts
//
// Pass on c.Context(): it has the span and the baggage, and stays valid after the
// response, when Fiber reuses c for another request. A span started from c itself, which
// is also a context, or from c.RequestCtx(), fasthttp's own context, is a child of the
// server span too, but do not retain those contexts. None of the contexts ends when the
// client disconnects, since fasthttp does not report disconnects.
//
// Strings that Fiber returns are in buffers that Fiber reuses. This package copies all
// strings that it records, including the results of [WithSpanName] and [WithAttributes].
// The application must copy the strings that it retains, such as attributes of its own
// spans, with strings.Clone or Config.Immutable.
//
// # When a span ends
//
// The span ends when fasthttp has written the response: status and size are those that
// were sent, after the error handler and middlewares further out, and streams are covered
// to their end. The size of a stream is known only if the application declares it. If the
// connection is hijacked (WebSocket), or the app runs without a server, as in Fiber's
// adaptor middleware or a proxy of AWS Lambda, the span ends when the handlers return.
// Without a server, if the middleware is the first one, it calls the app's error handler
// for an error that the handlers return; otherwise it does not see the response, and the
// span has no status.
//
// fasthttp does not report a response that is cut off. The connections of [Server] do:
// the span then is an error, whose error.type says whether the client,
// Config.WriteTimeout or the shutdown of the server was the cause.
//
// A panic that nothing recovers ends the process. The span ends without a status, and
// Go's output about the panic has a line from this package.
//
// Register Fiber's timeout after this middleware: it runs its handler in a goroutine,
// which does not see the response of the timeout, so a span in there has no status. An
// endpoint that times out has the route that its path matches, and the hooks are not
// called for it. A middleware further out that calls fasthttp's TimeoutError makes
// fasthttp abandon the request without notice.
//
// # Exclusion
//
// Rules read paths as the app does: case is ignored unless Config.CaseSensitive is set,
// and escapes are not decoded unless Config.UnescapePath is set.
//
// Attributes, exclusion rules and trusted callers are configured once for the whole
// service, in core.Setup or httpserver.New.
package fiberotel
