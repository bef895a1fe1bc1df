package bench

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/samespan/samespan/nethttpotel"
)

type netHTTPMiddleware func(*setup) func(http.Handler) http.Handler

func netHTTPCopy(*setup) func(http.Handler) http.Handler { return copyRequest }

func copyRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(withValue(r.Context())))
	})
}

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
		work := s.work()
		for i, template := range s.templates("{item_id}") {
			mux.HandleFunc("GET "+template, func(w http.ResponseWriter, r *http.Request) {
				work[i](r.Context())
				_, _ = w.Write(answer) // discard returns no errors
			})
		}
		if middleware == nil {
			return overHTTP(mux, &s)
		}
		return overHTTP(middleware(&s)(mux), &s)
	}
}
