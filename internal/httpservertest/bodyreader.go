package httpservertest

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckBodyReader checks that there is no data race if a goroutine still reads the request's
// body when the handler returns. The transport of a reverse proxy does that if the backend
// responds before it has received the whole request. The check can fail only under the race
// detector. app serves handler for POST requests to / and /excluded.
func CheckBodyReader(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	for _, path := range []string{"/", "/excluded"} {
		rec := New(t, httpserver.Config{Exclude: []string{"excluded"}})
		bodyRead := make(chan error, 1)
		instrumented := app(rec, func(_ http.ResponseWriter, r *http.Request) {
			go func() {
				_, err := io.Copy(io.Discard, r.Body)
				bodyRead <- err
			}()
		})
		url := Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			instrumented.ServeHTTP(w, r)
			select {
			case err := <-bodyRead:
				if err != nil {
					t.Errorf("%s: %v", path, err)
				}
			case <-time.After(waitTimeout):
				t.Errorf("%s: the body was not read within %v", path, waitTimeout)
			}
		}))
		Raw(t, url, "POST "+path+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"+
			"4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n")
	}
}
