package transparency_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/samespan/samespan/conformance/compare/internal/transparency"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// TestChiRouteUnderAMount checks that the whole route is recorded if a chi router is
// mounted on a mux or on another chi router.
func TestChiRouteUnderAMount(t *testing.T) {
	named := nethttpotel.WithRoute(func(r *http.Request) string { return chi.RouteContext(r.Context()).RoutePattern() })
	user := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "user") }
	router := func(src httpserver.Source) *chi.Mux {
		r := chi.NewRouter()
		r.Use(adapterMiddleware(src, named))
		r.Get("/users/{id}", user)
		return r
	}
	stripTenant := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.StripPrefix("/t/"+r.PathValue("tenant"), next).ServeHTTP(w, r)
		})
	}
	tests := map[string]struct {
		app   func(src httpserver.Source) http.Handler
		path  string
		route string
	}{
		"alone": {func(src httpserver.Source) http.Handler { return router(src) }, "/users/7", "/users/{id}"},
		"in a mux": {func(src httpserver.Source) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/t/{tenant}/", stripTenant(router(src)))
			return mux
		}, "/t/acme/users/7", "/t/{tenant}/users/{id}"},
		"in another chi": {func(src httpserver.Source) http.Handler {
			r := chi.NewRouter()
			r.Mount("/t/{tenant}", router(src))
			return r
		}, "/t/acme/users/7", "/t/{tenant}/users/{id}"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			result := transparency.Compare(t, func(t testing.TB, src httpserver.Source) string {
				t.Helper()
				return startServer(t, test.app(src))
			}, "GET "+test.path+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
			result.CheckSpan(t)
			httpservertest.Expect(t, result.Telemetry.Only(), map[string]any{"http.route": test.route, "url.path": test.path})
		})
	}
}
