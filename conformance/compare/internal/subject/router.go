package subject

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/riandyrn/otelchi"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gorilla/mux/otelmux"

	"github.com/samespan/samespan/nethttpotel"
)

// Routers that are based on net/http and have no adapter of their own.
const (
	chiName = "chi"
	muxName = "gorilla/mux"
)

// routerSubjects are subjects with chi and gorilla/mux. They use this project's net/http
// middleware as its documentation shows.
var routerSubjects = []Subject{
	{
		Name: "nethttpotel-chi", Framework: chiName, Process: "/process/{item_id}",
		Version: versionOf("github.com/go-chi/chi/v5"), InstrumentationVersion: nethttpotel.Version,
		Instrument: Instrument{Chi: func(w Wiring) func(*chi.Mux) {
			return func(r *chi.Mux) { r.Use(nethttpotel.Middleware(w.Telemetry, routerOptions(w, routeOfChi)...)) }
		}},
	},
	{
		Name: "nethttpotel-mux", Framework: muxName, Process: "/process/{item_id}",
		Version: versionOf("github.com/gorilla/mux"), InstrumentationVersion: nethttpotel.Version,
		Instrument: Instrument{Mux: func(w Wiring) func(*mux.Router) func(http.Handler) http.Handler {
			return func(r *mux.Router) func(http.Handler) http.Handler {
				return nethttpotel.Middleware(w.Telemetry, routerOptions(w, muxRouteFunc(r))...)
			}
		}},
	},
}

// officialRouterSubjects are subjects with chi and gorilla/mux. They use otelchi and otelmux
// instead of this project's middleware.
var officialRouterSubjects = []Subject{
	{
		Name: "otelchi", Framework: chiName, Process: "/process/{item_id}", Upstream: true, Official: true,
		Version: versionOf("github.com/go-chi/chi/v5"), InstrumentationVersion: versionOf("github.com/riandyrn/otelchi"),
		Instrument: Instrument{Chi: func(w Wiring) func(*chi.Mux) {
			options := []otelchi.Option{otelchi.WithFilter(isObserved)}
			if w.Variables.PublicEndpoint {
				options = append(options, otelchi.WithPublicEndpoint())
			}
			return func(r *chi.Mux) { r.Use(otelchi.Middleware("otelchi", append(options, otelchi.WithChiRoutes(r))...)) }
		}, Outer: otelhttpMiddleware},
	},
	{
		Name: "otelmux", Framework: muxName, Process: "/process/{item_id}", Upstream: true, Official: true,
		Version: versionOf("github.com/gorilla/mux"), InstrumentationVersion: versionOf("go.opentelemetry.io/contrib/instrumentation/github.com/gorilla/mux/otelmux"),
		Instrument: Instrument{Mux: func(w Wiring) func(*mux.Router) func(http.Handler) http.Handler {
			options := []otelmux.Option{otelmux.WithFilter(isObserved)}
			if w.Variables.PublicEndpoint {
				options = append(options, otelmux.WithPublicEndpoint())
			}
			middleware := otelmux.Middleware("otelmux", options...)
			return func(r *mux.Router) func(http.Handler) http.Handler {
				if w.Variables.Service.RewriteInside {
					return middleware
				}
				r.Use(middleware)
				return nil
			}
		}, Outer: otelhttpMiddleware},
	},
}

// routerOptions returns the nethttpotel options for a router, with the service's hooks.
func routerOptions(w Wiring, route func(*http.Request) string) []nethttpotel.Option {
	return []nethttpotel.Option{
		nethttpotel.WithRoute(route),
		nethttpotel.WithSpanName(spanNameHook[*http.Request](w.Variables)),
		nethttpotel.WithAttributes(attributesHook[*http.Request](w.Variables)),
	}
}

// routeOfChi returns the route of a request to a chi router, as the documentation of
// nethttpotel shows.
func routeOfChi(r *http.Request) string { return chi.RouteContext(r.Context()).RoutePattern() }

// muxRouteFunc returns a function that returns the route of a request to the gorilla/mux
// router, as the documentation of nethttpotel shows.
func muxRouteFunc(router *mux.Router) func(*http.Request) string {
	return func(r *http.Request) string {
		var match mux.RouteMatch
		if !router.Match(r, &match) || match.Route == nil {
			return ""
		}
		route, _ := match.Route.GetPathTemplate()
		return route
	}
}

// isObserved is a filter for otelchi and otelmux: it reports whether to record a request.
func isObserved(r *http.Request) bool { return !isExcluded(r.URL.Path) }

// muxInstrumentation returns a function that instruments a gorilla/mux router once or, if
// requested, twice: on the router itself, or with the middleware that it returns. It returns
// nil for a bare service.
func muxInstrumentation(w Wiring, instrument func(Wiring) func(*mux.Router) func(http.Handler) http.Handler) func(*mux.Router) func(http.Handler) http.Handler {
	if w.Variables.Bare {
		return nil
	}
	register := instrument(w)
	times := 1
	if w.Variables.Nesting == nestingTwice {
		times = 2
	}
	return func(r *mux.Router) func(http.Handler) http.Handler {
		var middlewares []func(http.Handler) http.Handler
		for range times {
			if wrap := register(r); wrap != nil {
				middlewares = append(middlewares, wrap)
			}
		}
		return func(next http.Handler) http.Handler {
			for _, wrap := range middlewares {
				next = wrap(next)
			}
			return next
		}
	}
}
