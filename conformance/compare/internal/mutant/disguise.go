package mutant

import "net/http"

// realPathHeader is the header with a request's real path, by which its handler is
// found.
const realPathHeader = "X-Mutant-Path"

// realTargetHeader is the header with its request target.
const realTargetHeader = "X-Mutant-Target"

// disguisePath makes only the instrumentation see selected requests with another
// path, so that it excludes them or does not. It sets Outer and Inner of a
// mutant.
func disguisePath(m Mutant, as string, chosen func(*http.Request) bool) Mutant {
	m.Outer = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if chosen(r) {
				r.Header.Set(realPathHeader, r.URL.Path)
				r.Header.Set(realTargetHeader, r.RequestURI)
				r.URL.Path, r.RequestURI = as, as
			}
			next.ServeHTTP(w, r)
		})
	}
	m.Inner = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if path := r.Header.Get(realPathHeader); path != "" {
				r.URL.Path, r.RequestURI = path, r.Header.Get(realTargetHeader)
			}
			next.ServeHTTP(w, r)
		})
	}
	return m
}

// isRequestFor selects the requests for one path.
func isRequestFor(is string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Path == is }
}

// changeHeader returns an Outer that changes request headers.
func changeHeader(change func(r *http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			change(r)
			next.ServeHTTP(w, r)
		})
	}
}
