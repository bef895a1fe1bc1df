// Package fiberotel makes every request of a Fiber v3 app one correctly
// parented OpenTelemetry server span, with the metrics of the HTTP semantic
// conventions.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	app := fiber.New()
//	app.Use("*", fiberotel.Middleware(tel))
//	app.Get("/process/:item_id", process)
//	err = tel.Serve(ctx, fiberotel.Server(app, ":8080"))
//
// It has the names of the package for Fiber v2, the one in the folder above: a
// service that moves to Fiber v3 changes the import path, to
// github.com/samespan/samespan/fiberotel/fiber3, and *fiber.Ctx to fiber.Ctx in
// its hooks.
//
// # What is covered
//
// Everything that reaches the middleware: endpoints, groups, mounted apps and
// static directories, whether registered before the server starts or after the
// middleware was, and requests that nothing matches. Register it for "*": without
// a path, Fiber v3 calls a middleware only for paths that begin with a slash, and
// a client may send others, which reach an endpoint such as "*". What is
// registered before
// the middleware and does not call Next is not, nor is what fasthttp and Fiber
// answer by themselves: malformed requests, though Fiber v3 has middlewares see
// those too, and methods that are not in Config.RequestMethods.
//
// The route is the one of the endpoint that answered, or of the last one that
// passed the request on, and the one of a static middleware registered with Use
// is its prefix with /* behind it. It is known when the handlers have returned,
// not yet to a sampler. A middleware that answers by itself, a 404 and a 405 have
// none.
//
// # Contexts
//
// Pass on c.Context(): it holds the span and the baggage, and it stays valid
// after the response, when Fiber has given c to another request. A span started
// from c itself, which is a context too, or from c.RequestCtx(), fasthttp's own
// context, is a child of the server span as well, but those must not be kept.
// None of them ends when the client goes away, which fasthttp does not tell.
//
// The strings that Fiber returns lie in buffers that are used again. What this
// package puts into a span is copied, including what the hooks of [WithSpanName]
// and [WithAttributes] return; what the application itself keeps, it must copy,
// with strings.Clone or Config.Immutable. That goes for the attributes of its
// own spans.
//
// # When a span ends
//
// The span ends when fasthttp has written the response, so that status and
// size are those on the wire, whatever the error handler and the middleware
// further out have made of it, and a stream is covered to its end. The size of
// a stream is known only where the application declares it. A connection that
// is taken over (WebSocket) ends the span when the handlers return. Where an
// app runs without a server, as under Fiber's adaptor middleware or a proxy of
// AWS Lambda, the span ends when the handlers return. A middleware that is the
// first one has an error that they return answered by the app's error handler
// then; one further in does not see the answer, and the span has no status.
//
// Of an answer that is cut off, fasthttp tells nothing. The connections of
// [Server] do: the span is an error then, whose error.type says whether the
// client, Config.WriteTimeout or the end of the server was the cause.
//
// A panic that nothing recovers ends the process, and the span without a status:
// what Go prints of the panic then has a line of this package.
//
// Fiber's timeout belongs inside: what it is around runs in a goroutine, which
// does not see what it answers, and a span in there has no status. An endpoint
// whose time is over has the route that its path leads to, and is not shown to
// the hooks. A middleware further out that calls fasthttp's TimeoutError by
// itself has fasthttp abandon the request without a word, and the span with it.
//
// # Exclusion
//
// Rules read a path as the app does: case is ignored unless Config.CaseSensitive
// is set, and a path with escapes is another one unless Config.UnescapePath is.
//
// What a span looks like, what is excluded and whom to trust is decided once
// for the whole service, in core.Setup or httpserver.New.
package fiberotel
