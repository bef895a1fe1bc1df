package bench

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/riandyrn/otelchi"

	"github.com/samespan/samespan/nethttpotel"
)

// chiRegistrar registers a middleware with a chi router.
type chiRegistrar func(*setup, *chi.Mux)

// registerChiCopy registers the middleware of the [Copy] variant, which only adds a value
// to the context.
func registerChiCopy(_ *setup, r *chi.Mux) { r.Use(copyMiddleware) }

// registerChiOurs registers the middleware of this project.
func registerChiOurs(s *setup, r *chi.Mux) {
	r.Use(nethttpotel.Middleware(s.newEngine(), nethttpotel.WithRoute(func(r *http.Request) string {
		return chi.RouteContext(r.Context()).RoutePattern()
	})))
}

// registerChiOfficial registers the official middleware.
func registerChiOfficial(s *setup, r *chi.Mux) {
	r.Use(otelchi.Middleware("bench", otelchi.WithChiRoutes(r),
		otelchi.WithTracerProvider(s.tracers), otelchi.WithPropagators(s.propagator),
		otelchi.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) })))
}

// chiBuilder returns the serviceBuilder of a service on chi. register is nil for the bare
// framework.
func chiBuilder(register chiRegistrar) serviceBuilder {
	return func(s setup) clientFactory {
		r := chi.NewRouter()
		if register != nil {
			register(&s, r)
		}
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns("{item_id}") {
			r.Get(template, func(w http.ResponseWriter, r *http.Request) {
				work[i](r.Context())
				_, _ = w.Write(answer) // a discardWriter returns no errors
			})
		}
		return netHTTPClientFactory(r, &s)
	}
}
