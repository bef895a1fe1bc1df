// Package nethttpotel records a server span, with the correct parent, and the
// metrics of the HTTP semantic conventions for every request of a net/http
// handler.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	mux := http.NewServeMux()
//	mux.HandleFunc("GET /process/{item_id}", process)
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: nethttpotel.Middleware(tel)(mux)})
//
// One middleware around an [http.ServeMux] covers every pattern, including patterns that
// are added later. The route is the pattern that the mux has matched, without its method
// and host. The mux stores the pattern in the request that it receives. This middleware
// does not see the pattern if another middleware, between this one and the mux, passes a copy
// of the request to the mux: r.WithContext makes such a copy. Register such a middleware
// outside this one, or set the route with [WithRoute].
//
// Some results depend on the position of the middleware:
//   - An [http.TimeoutHandler] copies the request and buffers the response. Put it around
//     single handlers of the mux. If it is between this middleware and the mux, the span
//     has no route. If it is outside this middleware, this middleware does not see the 503
//     that it sends: the span has the error.type timeout and no status code.
//   - If an outer middleware recovers a panic, this middleware does not see the response to
//     the panic. The span has the type of the panic as its error.type. It has a status code
//     only if the handler has written one.
//   - [http.MaxBytesReader] can make the server close the connection, but only through an
//     unexported method of the server's own writer. If an [http.MaxBytesHandler] must close
//     the connection, put it outside this middleware.
//   - After the request, an outer middleware finds the pattern in its request, as without
//     this middleware. It does not find the path values.
//   - If a mux is mounted in another with [http.StripPrefix], put this middleware around
//     the inner mux too. The route then consists of the patterns of both, such as
//     /t/{tenant}/users/{id}: the outer pattern replaces the prefix that was stripped. A
//     request still has one span. With a middleware around the outer mux alone, the route
//     is the outer pattern, since StripPrefix copies the request. The path is always the
//     one that the client sent.
//   - Some handlers take over connections to serve HTTP/2 without TLS on them, such as
//     h2c.NewHandler of golang.org/x/net/http2/h2c. Put this middleware inside such a handler.
//     The requests over HTTP/2 do not pass through a middleware outside it. If there is one
//     outside as well, and it excludes the first request of a connection, which asks for an
//     upgrade, none of the requests on the connection are recorded. A server whose Protocols
//     include UnencryptedHTTP2 needs no such handler.
//   - Body sizes, if enabled, are the sizes of the bodies that pass this middleware. They
//     are the compressed sizes if a compressing middleware is registered inside this one,
//     and the uncompressed sizes if it is registered outside.
//
// # Responses that are cut off
//
// If the response was cut off, the span is an error. For all other responses, only the
// status decides whether the span is an error. A response counts as cut off in these cases:
//   - a write has failed
//   - the write deadline of the server or the handler passes before the last byte is
//     flushed
//   - the service closes its connections at the end of its grace period
//   - the client disconnects before anything is written
//
// If another middleware sets a write deadline, register it inside this one. A handler may
// serve another request within the process, with the context of its own request. The other
// request does not affect the span.
//
// Attributes, exclusion rules and trusted callers are configured once for the
// whole service, in core.Setup or httpserver.New.
//
// # Other routers
//
// With another router, such as chi, register the middleware on it and pass
// WithRoute:
//
//	r := chi.NewRouter()
//	r.Use(middleware.Recoverer) // outside: the span then has the panic with its stack trace
//	r.Use(nethttpotel.Middleware(tel, nethttpotel.WithRoute(func(r *http.Request) string {
//		return chi.RouteContext(r.Context()).RoutePattern()
//	})))
//	r.Route("/api", func(r chi.Router) {
//		r.Get("/users/{id}", user) // GET /api/users/{id}
//	})
//
// The route is the whole template, also for routes that were registered through Route,
// Mount, Group or With. A 404 or a 405 of the router has no route. If a mounted router sends
// it, the route is the prefix of the mounted router: /api/*. Register the middleware with
// Use on the outermost router, after Recoverer and before all other middlewares. Do not put
// it around the router: chi stores the route in a context of its own, which is not visible
// outside the router.
//
// Without WithRoute, the route is the pattern that newer versions of chi store in the
// request. The pattern is lost if a middleware passes a copy of the request to the next
// handler.
package nethttpotel
