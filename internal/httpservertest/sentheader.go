package httpservertest

import (
	"io"
	"net/http"
	"reflect"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckSentHeader checks that a span has the response headers that were sent. Headers that
// a handler sets too late and trailers must not be captured. A header whose name is not
// canonical must be captured, since net/http sends it. app serves handler for every path.
func CheckSentHeader(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	for name, sendHeader := range map[string]func(http.ResponseWriter){
		"status":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted); w.(http.Flusher).Flush() },
		"body":    func(w http.ResponseWriter) { _, _ = io.WriteString(w, "body") },
		"flush":   func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"nothing": nil,
	} {
		t.Run(name, func(t *testing.T) {
			rec := New(t, httpserver.Config{CapturedResponseHeaders: []string{"X-Sent", "X-Late", "X-Trailer", "X-Request-Id"}})
			url := Start(t, app(rec, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Trailer", "X-Trailer")
				w.Header().Set("X-Sent", "in time")
				w.Header()["X-Request-ID"] = []string{"7"}
				if sendHeader != nil {
					sendHeader(w)
					w.Header().Set("X-Sent", "too late")
					w.Header().Set("X-Late", "too late")
					w.Header().Set("X-Trailer", "after the body")
				}
			}))
			answer := Send(t, http.MethodGet, url+"/", nil)
			if got := answer.Header.Get("X-Sent") + answer.Header.Get("X-Late"); got != "in time" {
				t.Fatalf("the client received %q, want only the header set in time", got)
			}
			span := rec.Only()
			if got := Attribute(span, "http.response.header.x-sent"); !reflect.DeepEqual(got, []string{"in time"}) {
				t.Errorf("got x-sent %v, want what was sent", got)
			}
			if got := Attribute(span, "http.response.header.x-request-id"); !reflect.DeepEqual(got, []string{"7"}) {
				t.Errorf("got x-request-id %v, want what was sent", got)
			}
			Expect(t, span, map[string]any{"http.response.header.x-late": nil, "http.response.header.x-trailer": nil})
		})
	}
}
