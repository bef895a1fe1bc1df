package nethttpotel_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// formatTrailer returns trailer as a string, with sorted names.
func formatTrailer(trailer http.Header) string {
	if trailer == nil {
		return "none"
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(trailer)) {
		fmt.Fprintf(&b, "%s=%q ", name, trailer[name])
	}
	return b.String()
}

// TestRequestTrailers proves that handlers and an outer middleware find the same request
// trailers with and without our middleware.
func TestRequestTrailers(t *testing.T) {
	const chunks = "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nbody\r\n0\r\n"
	requests := map[string]string{
		"none":        "POST %s HTTP/1.1\r\nHost: h\r\n" + chunks + "\r\n",
		"announced":   "POST %s HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\n" + chunks + "X-Sum: 1\r\n\r\n",
		"unannounced": "POST %s HTTP/1.1\r\nHost: h\r\n" + chunks + "X-Sum: 1\r\nX-More: 2\r\n\r\n",
		"both":        "POST %s HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\n" + chunks + "X-Sum: 1\r\nX-More: 2\r\n\r\n",
		"no body":     "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
	}
	bodyReaders := map[string]func(*http.Request){
		"all":     func(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) },
		"nothing": func(*http.Request) {},
		"all and close": func(r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
		},
	}
	for name, request := range requests {
		for readerName, readBody := range bodyReaders {
			for _, path := range []string{"/observed", "/healthz"} {
				t.Run(name+", read "+readerName+", "+path, func(t *testing.T) {
					innerHandler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						trailerBefore := formatTrailer(r.Trailer)
						readBody(r)
						_, _ = fmt.Fprintf(w, "inside %s then %s\n", trailerBefore, formatTrailer(r.Trailer))
					})
					outerMiddleware := func(next http.Handler) http.Handler {
						return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							next.ServeHTTP(w, r)
							_, _ = fmt.Fprintf(w, "outside %s\n", formatTrailer(r.Trailer))
						})
					}
					plainServer, _ := startServer(t, outerMiddleware(innerHandler), nil)
					s := serveWrapped(t, httpserver.Config{Exclude: []string{"healthz"}}, func(instrument func(http.Handler) http.Handler) http.Handler {
						return outerMiddleware(instrument(innerHandler))
					})
					request := fmt.Sprintf(request, path)
					if got, want := sendRaw(t, s.server, request), sendRaw(t, plainServer, request); got != want {
						t.Errorf("got  %q\nwant %q", got, want)
					}
				})
			}
		}
	}
}

// TestRequestTrailersOverHTTP2 proves that a handler finds the trailers of an HTTP/2 request.
func TestRequestTrailersOverHTTP2(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	server, _ := startServer(t, nethttpotel.Middleware(r)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, formatTrailer(r.Trailer))
	})), func(server *httptest.Server) {
		server.EnableHTTP2 = true
		server.StartTLS()
	})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, io.MultiReader(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	request.Trailer = http.Header{"X-Sum": {"1"}}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != `X-Sum=["1"] ` {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestBodyIsReadWhileHandlerReturns(t *testing.T) {
	httpservertest.CheckBodyReader(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
		return nethttpotel.Middleware(rec)(handler)
	})
}
