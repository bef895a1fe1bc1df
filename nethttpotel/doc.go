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
// name the route with [WithRoute]. A router that is not a ServeMux, such as
// chi, takes the middleware as one of its own and names its route by WithRoute.
//
// Some of what net/http does depends on where the middleware stands:
//   - An [http.TimeoutHandler] copies the request and holds the answer back. It
//     belongs around single handlers of the mux. Around the mux it hides the
//     route, and around this middleware it sends its 503 unseen.
//   - [http.MaxBytesReader] has the server close the connection only through
//     the server's own writer, so an [http.MaxBytesHandler] that is to do that
//     belongs outside.
//   - A middleware outside finds the pattern in its request after it was
//     handled, as without this one, but not the path values.
//
// What a span looks like, what is excluded and whom to trust is decided once
// for the whole service, in core.Setup or httpserver.New.
package nethttpotel
