package bench

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/samespan/samespan/nethttpotel"
)

type netHTTPMiddleware func(*setup) func(http.Handler) http.Handler

func netHTTPOurs(s *setup) func(http.Handler) http.Handler {
	return nethttpotel.Middleware(s.engine())
}

func netHTTPUpstream(s *setup) func(http.Handler) http.Handler {
	return otelhttp.NewMiddleware("server",
		otelhttp.WithTracerProvider(s.tracers), otelhttp.WithMeterProvider(s.meters), otelhttp.WithPropagators(s.propagator),
		otelhttp.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) }))
}

func netHTTPService(middleware netHTTPMiddleware) func(setup) service {
	return func(s setup) service {
		mux := http.NewServeMux()
		answer := []byte(body)
		handler := func(w http.ResponseWriter, r *http.Request) {
			s.handle(r.Context(), middleware == nil)
			_, _ = w.Write(answer) // discard's
		}
		for _, template := range s.templates("{item_id}") {
			mux.HandleFunc("GET "+template, handler)
		}
		if middleware == nil {
			return overHTTP(mux, &s)
		}
		return overHTTP(middleware(&s)(mux), &s)
	}
}
