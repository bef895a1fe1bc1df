// Package httpserver turns one HTTP exchange into one span and its metrics, the
// same for every framework. It is what the adapters are made with; an
// application meets it in three places.
//
// # Providers of your own
//
// An application that builds its own providers, and ends them itself, gives
// them to [New] in place of core.Setup. Every adapter takes the [Engine]:
//
//	engine, err := httpserver.New(httpserver.Config{
//		TracerProvider: tracers,
//		MeterProvider:  meters,
//		Exclude:        []string{"healthz", "metrics", "docs"},
//	})
//	...
//	ginotel.Use(r, engine)
//
// [Config] has the settings of HTTP that core.Setup has as options, and the same
// variables of the environment win over them. This package imports
// OpenTelemetry's API alone: no SDK and no exporter is linked that the
// application has not chosen. An SDK's provider whose sampler is not parent-based
// needs core.Sampler around it, or what an excluded request leads to is recorded.
// Before its providers are shut down, an application waits for the last spans
// with [Engine.Wait].
//
// # Settings
//
// The types of options of core: [RouteFormat], and [AlwaysPublic] and
// [Request] for core.WithPublicEndpoint.
//
// # A framework without an adapter
//
// One that is built on net/http takes nethttpotel's middleware, with an option
// that names the route. For any other, an adapter is what the example of this
// package shows: read the framework's request into a [Request], Start, pass the
// context on, call the handler, and End with the [Outcome], whatever happens.
// Names, attributes, status, metrics, exclusion, nesting and trust are decided
// here; an adapter decides nothing. What this emits is listed in TELEMETRY.md.
//
// The methods of an [Exchange] besides End are for the authors of adapters:
// HandlersReturned for a framework that recycles its contexts, and Identify, Outer
// and Relate for one whose handlers serve requests in process.
//
// An excluded request's context is suppressed (package suppress): spans started
// under it are not recorded, and calls made with it tell the next service not
// to record either. An exchange under an open one makes no second span, it hands
// what it knows better, such as the route, to the one that is open, unless it is
// a request that a handler makes of its own ([Exchange.Relate]).
package httpserver
