package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Route is a route of the contract with its handler.
type Route struct {
	// Method is the only one, Pattern the path as an http.ServeMux writes it.
	Method, Pattern string
	Handler         http.Handler
}

// collected takes routes as a router does.
type collected []Route

// Handle implements Mux.
func (c *collected) Handle(pattern string, handler http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	*c = append(*c, Route{Method: method, Pattern: path, Handler: withPathValue(path, handler)})
}

// HandleFunc implements Mux.
func (c *collected) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	c.Handle(pattern, http.HandlerFunc(handler))
}

// Routes returns the routes of a service for a router of any kind, but for
// POST /batch, which needs the whole service.
func Routes(s *Service) []Route {
	var routes collected
	HandleCommon(s, &routes)
	routes.HandleFunc("GET /mounted/users/{user_id}", ok)
	routes.HandleFunc("GET /files/{path...}", ok)
	routes.Handle("GET /static/{filepath...}", static(s))
	for i := range routes {
		routes[i].Handler = inside(s, routes[i].Handler)
	}
	return routes
}

// withPathValue gives a handler the parameter of its route where the router has
// left it to the handler. It is the last segment of the path: in no route of the
// contract does anything follow a parameter.
func withPathValue(pattern string, next http.Handler) http.Handler {
	_, parameter, ok := strings.Cut(pattern, "{")
	name := strings.TrimSuffix(parameter, "}")
	if !ok || strings.HasSuffix(name, "...") {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue(name) == "" {
			escaped := r.URL.EscapedPath()
			value, err := url.PathUnescape(escaped[strings.LastIndexByte(escaped, '/')+1:])
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.SetPathValue(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

// middlewareRan is the key of what Marked leaves in the request's context.
type middlewareRan struct{}

// inside does what Middleware does, unless that has run already.
func inside(s *Service, next http.Handler) http.Handler {
	middleware := Middleware(s, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(middlewareRan{}) == nil {
			middleware.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Marked is the request with what Middleware does to one, which the handlers of
// Routes then leave out.
func Marked(s *Service, r *http.Request) (*http.Request, error) {
	ctx, _, err := s.Inside(r.Context(), r.URL.Path, r.Header.Get(BaggageHeader))
	if err != nil {
		return nil, err
	}
	return r.WithContext(context.WithValue(ctx, middlewareRan{}, true)), nil
}
