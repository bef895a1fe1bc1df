package reference

import (
	"io"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// muxRouter adapts a gorilla/mux router to the methods of http.ServeMux. As in
// http.ServeMux, GET includes HEAD.
type muxRouter struct{ *mux.Router }

func (r muxRouter) Handle(pattern string, handler http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	methods := []string{method}
	if method == http.MethodGet {
		methods = append(methods, http.MethodHead)
	}
	r.Router.Handle(path, handler).Methods(methods...)
}

func (r muxRouter) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	r.Handle(pattern, http.HandlerFunc(handler))
}

// Mux returns the service on a gorilla/mux router, with net/http's handlers. instrument
// (nil for none) registers the instrumentation on the router, or returns a middleware
// around the router: gorilla/mux runs the router's middlewares only if a route matches.
func Mux(s *Service, instrument func(*mux.Router) func(http.Handler) http.Handler) http.Handler {
	r := mux.NewRouter()
	outer := func(next http.Handler) http.Handler { return next }
	if instrument != nil {
		outer = instrument(r)
	}
	r.Use(func(next http.Handler) http.Handler { return handlers.Middleware(s, next) }, withPathValues)
	routes := muxRouter{r}
	handler := outer(handlers.Rewritten(s.Wiring.RewriteInside)(r))
	handler = handlers.Recovered(s.Wiring.Recovery)(s.Outer(handlers.Rewritten(s.Wiring.RewriteOutside)(handler)))
	handlers.HandleBatch(s, routes, handler)
	handlers.HandleCommon(s, routes)
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }
	muxRouter{r.PathPrefix("/mounted").Subrouter()}.HandleFunc("GET /users/{user_id}", ok)
	routes.HandleFunc("GET /files/{path:.*}", ok)
	r.PathPrefix("/static/").Handler(http.StripPrefix("/static", http.FileServer(http.Dir(s.StaticDir())))).Methods(http.MethodGet, http.MethodHead)
	return handler
}

// withPathValues sets the parameters as path values, as http.ServeMux does.
func withPathValues(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range mux.Vars(r) {
			r.SetPathValue(name, value)
		}
		next.ServeHTTP(w, r)
	})
}
