package snippet

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/gorilla/mux"
	"github.com/riandyrn/otelchi"
	otelchimetric "github.com/riandyrn/otelchi/metric"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gorilla/mux/otelmux"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// Otelmux is a service with otelmux.
func Otelmux() *mux.Router {
	r := mux.NewRouter()
	r.Use(otelmux.Middleware("orders",
		otelmux.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/healthz" }),
	))
	return r
}

// MuxRouter is a router of gorilla/mux with nethttpotel.
func MuxRouter(tel *core.Telemetry) *mux.Router {
	r := mux.NewRouter()
	r.Use(nethttpotel.Middleware(tel, nethttpotel.WithRoute(func(r *http.Request) string {
		template, _ := mux.CurrentRoute(r).GetPathTemplate()
		return template
	})))
	return r
}

// MuxHandler returns the r of MuxRouter wrapped in nethttpotel, which then also records requests
// that match no route. gorilla/mux does not run the middlewares of r for such requests. The
// middleware inside r finds the route. A request still has one span.
func MuxHandler(tel *core.Telemetry, r *mux.Router) http.Handler {
	handler := nethttpotel.Middleware(tel)(r) // in addition to the r.Use above
	return handler
}

// Otelchi is a service with otelchi.
func Otelchi() *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Use(otelchi.Middleware("orders",
		otelchi.WithChiRoutes(r),
		otelchi.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/healthz" }),
	))
	return r
}

// OtelchiMetrics adds otelchi's metrics.
func OtelchiMetrics(r *chi.Mux) {
	base := otelchimetric.NewBaseConfig("orders")
	r.Use(
		otelchimetric.NewRequestDurationMillis(base),
		otelchimetric.NewRequestInFlight(base),
		otelchimetric.NewResponseSizeBytes(base),
	)
}

// ChiRouter is a chi router with nethttpotel.
func ChiRouter(tel *core.Telemetry) *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Use(nethttpotel.Middleware(tel, nethttpotel.WithRoute(func(r *http.Request) string {
		return chi.RouteContext(r.Context()).RoutePattern()
	})))
	return r
}

// TraceIDHeader sends the id of the trace with the response, as otelchi can.
func TraceIDHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if span := trace.SpanContextFromContext(r.Context()); span.HasTraceID() {
			w.Header().Set("X-Trace-Id", span.TraceID().String())
		}
		next.ServeHTTP(w, r)
	})
}
