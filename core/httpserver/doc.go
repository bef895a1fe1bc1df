// Package httpserver records one span and metrics for each HTTP exchange, in
// the same way for every framework. All adapters use this package. Applications
// use it in three cases.
//
// # Your own providers
//
// An application that builds and shuts down its own providers passes them to
// [New] instead of calling core.Setup. Every adapter accepts the [Engine]:
//
//	engine, err := httpserver.New(httpserver.Config{
//		TracerProvider: tracers,
//		MeterProvider:  meters,
//		Exclude:        []string{"healthz", "metrics", "docs"},
//	})
//	...
//	ginotel.Use(r, engine)
//
// The fields of [Config] are options of core.Setup too, and the same
// environment variables take precedence. This package imports only
// OpenTelemetry's API: it links no SDK or exporter. If the sampler of your
// provider is not parent-based, wrap it in core.Sampler; otherwise spans below
// excluded requests are recorded. Call [Engine.Wait] before shutting down the
// providers, to wait for the last spans.
//
// # Settings
//
// Two options of core use types of this package. core.WithRouteFormat takes a
// [RouteFormat]. core.WithPublicEndpoint takes a function of a [Request], such as
// [AlwaysPublic].
//
// # A framework without an adapter
//
// For a framework built on net/http use nethttpotel's middleware, with its
// option for the route. For any other, write an adapter as in the example of
// this package: convert the framework's request to a [Request], call Start,
// call the handler with the context that Start returned, and always call End
// with the [Outcome]. This package decides about names, attributes, status, metrics,
// exclusion, nesting and trust; an adapter makes no decisions. TELEMETRY.md
// lists the recorded telemetry.
//
// The other methods of [Exchange] are for special adapters: HandlersReturned
// for a framework that recycles its contexts, and Identify, Outer and Relate
// for one whose handlers can serve other requests in process.
//
// The context of an excluded request is suppressed (see package suppress):
// spans started with it are not recorded, and calls made with it tell the next
// service not to record. A nested exchange, one that starts in the context of
// an open exchange, starts no second span. It reports details that the open
// exchange does not know, such as the route. It reports nothing if it is for
// another request that a handler serves in process ([Exchange.Relate]).
package httpserver
