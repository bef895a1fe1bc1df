package snippet

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
	"github.com/samespan/samespan/nethttpotel/contrib"
)

// Otelhttp is a service with otelhttp.
func Otelhttp(mux *http.ServeMux) http.Handler {
	handler := otelhttp.NewHandler(mux, "orders",
		otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/healthz" }),
	)
	return handler
}

// OtelhttpUnderCore is the service after step 1 of the migration: otelhttp with core.
func OtelhttpUnderCore(mux *http.ServeMux, tel *core.Telemetry) http.Handler {
	handler := contrib.Middleware(tel)(mux) // core.WithExclude replaces the filter
	return handler
}

// Nethttpotel is the service after step 2 of the migration.
func Nethttpotel(mux *http.ServeMux, tel *core.Telemetry) http.Handler {
	handler := nethttpotel.Middleware(tel)(mux)
	return handler
}

// Client returns a client that is instrumented with otelhttp. The migration does not
// change it.
func Client() *http.Client {
	client := &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}
	return client
}

// Chi returns a chi router with nethttpotel, which records chi's route.
func Chi(tel *core.Telemetry) http.Handler {
	r := chi.NewRouter()
	r.Use(nethttpotel.Middleware(tel, nethttpotel.WithRoute(func(r *http.Request) string {
		return chi.RouteContext(r.Context()).RoutePattern()
	})))
	r.Get("/process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(chi.URLParam(r, "item_id")))
	})
	return r
}
