package bench

import (
	"net/http"
	"strconv"

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
			if s.work != nil && middleware != nil {
				s.work(r.Context())
			}
			_, _ = w.Write(answer) // discard's
		}
		mux.HandleFunc("GET /process/{item_id}", handler)
		mux.HandleFunc("GET "+excludedPath, handler)
		for i := range s.routes {
			mux.HandleFunc("GET /r"+strconv.Itoa(i)+"/{item_id}", handler)
		}
		if middleware == nil {
			return overHTTP(mux, s.mode)
		}
		return overHTTP(middleware(&s)(mux), s.mode)
	}
}
