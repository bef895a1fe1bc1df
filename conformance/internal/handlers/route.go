package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Route is a route of the contract with its handler.
type Route struct {
	// Method is the only method that the route serves. Pattern is the path in the format
	// of http.ServeMux.
	Method, Pattern string
	Handler         http.Handler
}

// routeList implements [Mux] by collecting the routes.
type routeList []Route

// Handle implements Mux.
func (c *routeList) Handle(pattern string, handler http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	*c = append(*c, Route{Method: method, Pattern: path, Handler: withPathValue(path, handler)})
}

// HandleFunc implements Mux.
func (c *routeList) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	c.Handle(pattern, http.HandlerFunc(handler))
}

// Routes returns the routes of a service for any kind of router. POST /batch is not
// included, since it needs the handler of the whole service.
func Routes(s *Service) []Route {
	var routes routeList
	HandleCommon(s, &routes)
	routes.HandleFunc("GET /mounted/users/{user_id}", respondOK)
	routes.HandleFunc("GET /files/{path...}", respondOK)
	routes.Handle("GET /static/{filepath...}", staticHandler(s))
	for i := range routes {
		routes[i].Handler = ensureMiddleware(s, routes[i].Handler)
	}
	return routes
}

// withPathValue sets the path value of the route's parameter if the router has not set it.
// The value is the last segment of the path, since in the contract's routes a parameter is
// always the last segment.
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

// middlewareRanKey is the context key by which [Marked] marks a request.
type middlewareRanKey struct{}

// ensureMiddleware applies [Middleware] unless [Marked] has already done so.
func ensureMiddleware(s *Service, next http.Handler) http.Handler {
	middleware := Middleware(s, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(middlewareRanKey{}) == nil {
			middleware.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Marked applies [Middleware] to the request, and marks the request so that the handlers
// of [Routes] do not apply it again.
func Marked(s *Service, r *http.Request) (*http.Request, error) {
	ctx, _, err := s.Inside(r.Context(), r.URL.Path, r.Header.Get(BaggageHeader))
	if err != nil {
		return nil, err
	}
	return r.WithContext(context.WithValue(ctx, middlewareRanKey{}, true)), nil
}
