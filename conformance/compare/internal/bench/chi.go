package bench

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/riandyrn/otelchi"

	"github.com/samespan/samespan/nethttpotel"
)

type chiMiddleware func(*setup, *chi.Mux)

func chiCopy(_ *setup, r *chi.Mux) { r.Use(copyRequest) }

func chiOurs(s *setup, r *chi.Mux) {
	r.Use(nethttpotel.Middleware(s.engine(), nethttpotel.WithRoute(func(r *http.Request) string {
		return chi.RouteContext(r.Context()).RoutePattern()
	})))
}

func chiUpstream(s *setup, r *chi.Mux) {
	r.Use(otelchi.Middleware("bench", otelchi.WithChiRoutes(r),
		otelchi.WithTracerProvider(s.tracers), otelchi.WithPropagators(s.propagator),
		otelchi.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) })))
}

func chiService(middleware chiMiddleware) func(setup) service {
	return func(s setup) service {
		r := chi.NewRouter()
		if middleware != nil {
			middleware(&s, r)
		}
		answer := []byte(body)
		work := s.work()
		for i, template := range s.templates("{item_id}") {
			r.Get(template, func(w http.ResponseWriter, r *http.Request) {
				work[i](r.Context())
				_, _ = w.Write(answer) // discard returns no errors
			})
		}
		return overHTTP(r, &s)
	}
}
