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
// One middleware around an [http.ServeMux] covers every pattern, including
// those added later. The route is the pattern that the mux matched, without its
// method and host. The mux stores it in its request, so a middleware between
// the two that passes on a copy, as http.Request's WithContext does, hides it:
// register such a middleware outside this one, or set the route with
// [WithRoute].
//
// Some results depend on the position of the middleware:
//   - An [http.TimeoutHandler] copies the request and holds the answer back. It
//     belongs around single handlers of the mux. Around the mux it hides the
//     route. Around this middleware its 503 is not seen: the span has no status
//     code then, and the error.type timeout.
//   - A recovery further out answers for a panic unseen too: the span has the
//
// type of the panic as its error.type, and no status code unless the handler
//
//	  had written one.
//	- [http.MaxBytesReader] has the server close the connection only through
//	  the server's own writer, by a method that is not exported, so an
//	  [http.MaxBytesHandler] that is to do that belongs outside.
//	- A middleware outside finds the pattern in its request after it was
//	  handled, as without this one, but not the path values.
//	- A mux that is mounted in another one has the route of both, as
//
// /t/{tenant}/users/{id}, where the pattern of the outer one stands for what
// [http.StripPrefix] has stripped. The path is the one that the client sent.
//   - The sizes of bodies, where they are asked for, are of what passes this
//
// middleware: compressed where Compress stands inside, plain where it stands
//
//	outside.
//
// # Responses that are cut off
//
// A response that was written without an error is judged only by its status. It
// was cut off, which is an error, if a write fails, if the write deadline of
// the server or the handler passes before the last byte is flushed, if the
// service closes its connections at the end of its grace period, or if the
// client disconnects before anything is written. Register a middleware that
// sets another write deadline inside this one. A request that a handler serves
// in process, with its own request's context, does not affect the span.
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
