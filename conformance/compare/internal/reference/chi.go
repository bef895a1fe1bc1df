package reference

import (
	"context"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// chiRouter adapts a chi router to the methods of http.ServeMux.
type chiRouter struct{ *chi.Mux }

func (r chiRouter) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	r.Mux.HandleFunc(pattern, handler)
}

// Chi returns the service on a chi router, with net/http's handlers. It registers, in this
// order, the recovery, the instrumentation (nil for none) and the service's own middleware.
func Chi(s *Service, instrument func(*chi.Mux)) http.Handler {
	r := chi.NewRouter()
	r.Use(handlers.Recovered(s.Wiring.Recovery), s.Outer, handlers.Rewritten(s.Wiring.RewriteOutside))
	if instrument != nil {
		instrument(r)
	}
	r.Use(handlers.Rewritten(s.Wiring.RewriteInside), func(next http.Handler) http.Handler { return handlers.Middleware(s, next) }, middleware.GetHead)
	handlers.HandleCommon(s, chiRouter{r})
	handlers.HandleBatch(s, chiRouter{r}, http.HandlerFunc(func(w http.ResponseWriter, inner *http.Request) {
		// Remove the route context of the outer request. Otherwise chi would treat the router
		// as mounted, and append the sub-request's route to the route of the outer request.
		ctx := context.WithValue(inner.Context(), chi.RouteCtxKey, (*chi.Context)(nil))
		r.ServeHTTP(w, inner.WithContext(ctx))
	}))
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }
	r.Route("/mounted", func(r chi.Router) { r.Get("/users/{user_id}", ok) })
	r.Get("/files/*", ok)
	r.Handle("/static/*", http.StripPrefix("/static", http.FileServer(http.Dir(s.StaticDir()))))
	return r
}
