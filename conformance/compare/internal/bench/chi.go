package bench

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/riandyrn/otelchi"

	"github.com/samespan/samespan/nethttpotel"
)

// chiMiddleware registers a middleware with a chi router.
type chiMiddleware func(*setup, *chi.Mux)

// chiCopyMiddleware is the middleware of the [Copy] variant: it only adds a value to the
// context.
func chiCopyMiddleware(_ *setup, r *chi.Mux) { r.Use(copyMiddleware) }

// chiOurMiddleware is the middleware of this project.
func chiOurMiddleware(s *setup, r *chi.Mux) {
	r.Use(nethttpotel.Middleware(s.newEngine(), nethttpotel.WithRoute(func(r *http.Request) string {
		return chi.RouteContext(r.Context()).RoutePattern()
	})))
}

// chiOfficialMiddleware is the official middleware.
func chiOfficialMiddleware(s *setup, r *chi.Mux) {
	r.Use(otelchi.Middleware("bench", otelchi.WithChiRoutes(r),
		otelchi.WithTracerProvider(s.tracers), otelchi.WithPropagators(s.propagator),
		otelchi.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) })))
}

// chiService returns a function that sets up the service on chi. middleware is nil for
// the bare framework.
func chiService(middleware chiMiddleware) func(setup) clientFactory {
	return func(s setup) clientFactory {
		r := chi.NewRouter()
		if middleware != nil {
			middleware(&s, r)
		}
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns("{item_id}") {
			r.Get(template, func(w http.ResponseWriter, r *http.Request) {
				work[i](r.Context())
				_, _ = w.Write(answer) // a discardWriter returns no errors
			})
		}
		return netHTTPClients(r, &s)
	}
}
