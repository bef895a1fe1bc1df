package mutant

import "net/http"

// realPathHeader is the header that carries a request's real path to the inner
// middleware, which restores it.
const realPathHeader = "X-Mutant-Path"

// realTargetHeader is the header that carries the request's real target.
const realTargetHeader = "X-Mutant-Target"

// disguisePath returns the mutant with an instrumentation that sees visiblePath as the
// path of the selected requests. The rest of the service sees the real path. The
// instrumentation therefore excludes requests that it should record, or records requests
// that it should exclude. disguisePath sets Outer and Inner of the mutant.
func disguisePath(m Mutant, visiblePath string, selects func(*http.Request) bool) Mutant {
	m.Outer = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if selects(r) {
				r.Header.Set(realPathHeader, r.URL.Path)
				r.Header.Set(realTargetHeader, r.RequestURI)
				r.URL.Path, r.RequestURI = visiblePath, visiblePath
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

// pathIs returns a function that reports whether a request is for the path.
func pathIs(path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Path == path }
}

// changeRequestHeaders returns a [Mutant.Outer] that changes request headers.
func changeRequestHeaders(change func(r *http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			change(r)
			next.ServeHTTP(w, r)
		})
	}
}
