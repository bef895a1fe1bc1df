package bench

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/samespan/samespan/nethttpotel"
)

// netHTTPMiddleware returns a middleware for net/http.
type netHTTPMiddleware func(*setup) func(http.Handler) http.Handler

// netHTTPCopyMiddleware is the middleware of the [Copy] variant: it only adds a value to
// the context.
func netHTTPCopyMiddleware(*setup) func(http.Handler) http.Handler { return copyMiddleware }

// copyMiddleware is a middleware that only adds a value to the request's context.
func copyMiddleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(withValue(r.Context())))
	})
}

// netHTTPOurMiddleware is the middleware of this project.
func netHTTPOurMiddleware(s *setup) func(http.Handler) http.Handler {
	return nethttpotel.Middleware(s.newEngine())
}

// netHTTPOfficialMiddleware is the official middleware.
func netHTTPOfficialMiddleware(s *setup) func(http.Handler) http.Handler {
	return otelhttp.NewMiddleware("server",
		otelhttp.WithTracerProvider(s.tracers), otelhttp.WithMeterProvider(s.meters), otelhttp.WithPropagators(s.propagator),
		otelhttp.WithFilter(func(r *http.Request) bool { return !isExcluded(r.URL.Path) }))
}

// netHTTPBuilder returns the serviceBuilder of a service on net/http. middleware is nil for
// the bare framework.
func netHTTPBuilder(middleware netHTTPMiddleware) serviceBuilder {
	return func(s setup) clientFactory {
		mux := http.NewServeMux()
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns("{item_id}") {
			mux.HandleFunc("GET "+template, func(w http.ResponseWriter, r *http.Request) {
				work[i](r.Context())
				_, _ = w.Write(answer) // a discardWriter returns no errors
			})
		}
		if middleware == nil {
			return netHTTPClientFactory(mux, &s)
		}
		return netHTTPClientFactory(middleware(&s)(mux), &s)
	}
}
