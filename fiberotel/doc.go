// Package fiberotel makes every request of a Fiber v2 app one correctly
// parented OpenTelemetry server span, with the metrics of the HTTP semantic
// conventions.
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
// Everything that reaches the middleware: endpoints, groups, mounted apps and
// static directories, whether registered before the server starts or after the
// middleware was, and requests that nothing matches. What is registered before
// the middleware and does not call Next is not, nor is what fasthttp and Fiber
// answer by themselves: malformed requests, and methods that are not in
// Config.RequestMethods.
//
// The route is the one of the endpoint that answered, or of the last one that
// passed the request on, and a static directory's is its prefix with /* behind
// it. It is known when the handlers have returned, not yet to a sampler. A
// middleware that answers by itself, a 404 and a 405 have none.
//
// # Contexts
//
// Pass on c.UserContext(): it holds the span and the baggage, and it stays
// valid after the response, when Fiber has given c to another request. A span
// started from c.Context(), fasthttp's own context, is a child of the server
// span too, but that context must not be kept. Neither ends when the client
// goes away, which fasthttp does not tell.
//
// The strings that Fiber returns lie in buffers that are used again. What this
// package puts into a span is copied, including what the hooks of [WithSpanName]
// and [WithAttributes] return; what the application itself keeps, it must copy,
// with utils.CopyString or Config.Immutable. That goes for the attributes of
// its own spans.
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
// A middleware that calls fasthttp's TimeoutError belongs inside: from further
// out it has fasthttp abandon the request without a word, and the span with it.
// So does Fiber's deprecated timeout.New, which answers while the handlers still
// use what the next request is given.
//
// # Exclusion
//
// Rules read a path as the app does: case is ignored unless Config.CaseSensitive
// is set, and a path with escapes is another one unless Config.UnescapePath is.
//
// What a span looks like, what is excluded and whom to trust is decided once
// for the whole service, in core.Setup or httpserver.New.
package fiberotel
