package reference

import (
	"context"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// chiRoutes has the methods of http.ServeMux.
type chiRoutes struct{ *chi.Mux }

func (r chiRoutes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	r.Mux.HandleFunc(pattern, handler)
}

// Chi is the service on a chi router, with net/http's handlers. The recovery, the
// instrumentation (nil is nothing) and the middleware after it are middlewares of
// the router.
func Chi(s *Service, instrument func(*chi.Mux)) http.Handler {
	r := chi.NewRouter()
	r.Use(recovered(s.wiring.Recovery), s.under, rewritten(s.wiring.RewriteOutside))
	if instrument != nil {
		instrument(r)
	}
	r.Use(rewritten(s.wiring.RewriteInside), func(next http.Handler) http.Handler { return inside(s, next) }, middleware.GetHead)
	netHTTPCommon(s, chiRoutes{r})
	netHTTPBatch(s, chiRoutes{r}, http.HandlerFunc(func(w http.ResponseWriter, inner *http.Request) {
		// With the outer request's, chi would take the router for one below itself,
		// and write the inner route behind the outer one.
		ctx := context.WithValue(inner.Context(), chi.RouteCtxKey, (*chi.Context)(nil))
		r.ServeHTTP(w, inner.WithContext(ctx))
	}))
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }
	r.Route("/mounted", func(r chi.Router) { r.Get("/users/{user_id}", ok) })
	r.Get("/files/*", ok)
	r.Handle("/static/*", http.StripPrefix("/static", http.FileServer(http.Dir(s.StaticDir()))))
	return r
}
