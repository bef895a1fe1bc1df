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
// One middleware around an [http.ServeMux] covers every pattern, including patterns added
// later. The route is the pattern that the mux matched, without its method and host. The
// mux stores the pattern in its request. If a middleware between this one and the mux
// passes on a copy of the request, as http.Request's WithContext makes, the pattern is
// hidden: register such a middleware outside this one, or set the route with [WithRoute].
//
// Some results depend on the position of the middleware:
//   - An [http.TimeoutHandler] copies the request and buffers the response. Put it around
//     single handlers of the mux. Around the mux, it hides the route. Around this
//     middleware, it also hides its own 503: the span has no status code then, and the
//     error.type timeout.
//   - If a middleware further out recovers a panic, its response is not visible either:
//     the span has the type of the panic as its error.type, and no status code unless the
//     handler had written one.
//   - [http.MaxBytesReader] can make the server close the connection only through the
//     server's own writer, by an unexported method. If an [http.MaxBytesHandler] must do
//     so, put it outside this middleware.
//   - A middleware outside this one finds the pattern in its request after the request
//     was handled, as it does without this one, but not the path values.
//   - If a mux is mounted in another, the route consists of the patterns of both, such as
//     /t/{tenant}/users/{id}. The outer pattern replaces the prefix that
//     [http.StripPrefix] has stripped. The path is the one that the client sent.
//   - Body sizes, if enabled, are the sizes of the bodies that pass this middleware. They
//     are compressed sizes if a compressing middleware is registered inside this one, and
//     uncompressed sizes if it is outside.
//
// # Responses that are cut off
//
// A response that was written without an error is judged only by its status. A response
// that was cut off is an error. It was cut off if a write fails, if the write deadline of
// the server or the handler passes before the last byte is flushed, if the service closes
// its connections at the end of its grace period, or if the client disconnects before
// anything is written. If a middleware sets another write deadline, register it inside
// this one. If a handler serves another request in process, with the context of its own
// request, the other request does not affect the span.
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
//	r.Use(middleware.Recoverer) // outside, so that a panic is seen with its stack
//	r.Use(nethttpotel.Middleware(tel, nethttpotel.WithRoute(func(r *http.Request) string {
//		return chi.RouteContext(r.Context()).RoutePattern()
//	})))
//	r.Route("/api", func(r chi.Router) {
//		r.Get("/users/{id}", user) // GET /api/users/{id}
//	})
//
// The route is the whole template, including Route, Mount, Group and With. A
// request that matches no route, and a 405, have no route; in a mounted router
// they have its prefix: /api/*. Register the middleware with Use on the
// outermost router, after Recoverer and before the others. It does not work
// around the router, because chi stores the route in its own context. Without
// WithRoute the route is the pattern that newer versions of chi store in the
// request; it is lost if a middleware passes on a copy.
package nethttpotel
