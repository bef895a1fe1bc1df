// Package nethttpotel makes every request of a net/http handler one correctly
// parented OpenTelemetry server span, with the metrics of the HTTP semantic
// conventions.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	mux := http.NewServeMux()
//	mux.HandleFunc("GET /process/{item_id}", process)
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: nethttpotel.Middleware(tel)(mux)})
//
// One middleware around an [http.ServeMux] covers every pattern, those that
// are added later too. The route is the pattern that the mux matched, without
// its method and host. The mux leaves it in the request that it was passed, so
// a middleware between the two that passes on a copy, as http.Request's
// WithContext does, hides it; register such a middleware outside this one, or
// name the route with [WithRoute].
//
// Some of what net/http does depends on where the middleware stands:
//   - An [http.TimeoutHandler] copies the request and holds the answer back. It
//     belongs around single handlers of the mux. Around the mux it hides the
//     route. Around this middleware its 503 is not seen: the span has no status
//     code then, and the error.type timeout.
//   - A recovery further out answers for a panic unseen too: the span has the
//     type of the panic as its error.type, and no status code unless the handler
//     had written one.
//   - [http.MaxBytesReader] has the server close the connection only through
//     the server's own writer, by a method that is not exported, so an
//     [http.MaxBytesHandler] that is to do that belongs outside.
//   - A middleware outside finds the pattern in its request after it was
//     handled, as without this one, but not the path values.
//   - A mux that is mounted in another one has the route of both, as
//     /t/{tenant}/users/{id}, where the pattern of the outer one stands for what
//     [http.StripPrefix] has stripped. The path is the one that the client sent.
//   - The sizes of bodies, where they are asked for, are of what passes this
//     middleware: compressed where Compress stands inside, plain where it stands
//     outside.
//
// # Answers that are cut off
//
// An answer that was written without an error is judged by its status alone. It
// was cut off, which is an error, where a write fails, where the write deadline
// of the server or the handler passes before the last byte is flushed, where
// the service closes its connections at the end of its grace period, or where
// the client leaves before anything is written. A middleware further out that
// sets another write deadline belongs inside. A request that a handler serves
// in process, with its own request's context, changes nothing of the span.
//
// What a span looks like, what is excluded and whom to trust is decided once
// for the whole service, in core.Setup or httpserver.New.
//
// # Other routers
//
// A router that is not a ServeMux takes the middleware as one of its own, and
// names the route by WithRoute. With chi:
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
// The route is the whole template, through Route, Mount, Group and With. What
// no route matches has none, and neither has a 405; of a router that is mounted
// both have what chi knows, its prefix: /api/*. Register the middleware with
// Use on the outermost router, after Recoverer and before the others. Around the
// router it cannot ask: chi keeps the route in a context of its own making.
// Without WithRoute the route is the pattern that chi leaves in the request, as
// newer versions do, and is lost as soon as a middleware passes on a copy.
package nethttpotel
