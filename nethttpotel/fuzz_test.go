package nethttpotel_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// newFuzzHandler returns a handler that responds with the request that it received. For each
// request, it first calls arrived.
func newFuzzHandler(arrived func()) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprintf(w, "%q %q %q %q %q %d %v %d\n", r.Method, r.Host, r.URL, r.Pattern, r.UserAgent(), n, err, len(r.Header))
	})
	mux.HandleFunc("/process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, r.PathValue("item_id"))
	})
	mux.HandleFunc("/users/{id}/", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	mux.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.FormValue("a"), len(r.Form)) })
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("on purpose") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived()
		mux.ServeHTTP(w, r)
	})
}

func FuzzMiddleware(f *testing.F) {
	routes := []string{"/", "/process/{item_id}", "/users/{id}/", "/form", "/panic"}
	httpservertest.Fuzz(f, routes, func(t testing.TB, src httpserver.Source, arrived func()) func(*httpservertest.Wire) {
		t.Helper()
		handler := newFuzzHandler(arrived)
		if src != nil {
			handler = nethttpotel.Middleware(src)(handler)
		}
		return func(wire *httpservertest.Wire) { httpservertest.ServeWire(t, handler, wire) }
	})
}
