package httpservertest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
)

// CheckTraceResponse checks that each response has one header traceresponse, with the ids of
// its own span, whatever a handler does to the header. app serves handler for every path.
func CheckTraceResponse(t *testing.T, app func(rec *Recorder, handler http.HandlerFunc) http.Handler) {
	t.Helper()
	const foreign = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for change, changeHeader := range map[string]func(http.Header){
		"added, as by a reverse proxy": func(h http.Header) { h.Add("Traceresponse", foreign) },
		"restored, as by a cache":      func(h http.Header) { h.Set("Traceresponse", foreign) },
		"removed":                      func(h http.Header) { clear(h) },
	} {
		for response, respond := range map[string]func(http.ResponseWriter){
			"status":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) },
			"body":    func(w http.ResponseWriter) { _, _ = io.WriteString(w, "body") },
			"flush":   func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
			"nothing": func(http.ResponseWriter) {},
		} {
			t.Run(change+"/"+response, func(t *testing.T) {
				rec := New(t, httpserver.Config{ResponseTraceContext: true})
				url := Start(t, app(rec, func(w http.ResponseWriter, _ *http.Request) {
					changeHeader(w.Header())
					respond(w)
				}))
				got := Send(t, http.MethodGet, url+"/", nil).Header.Values("Traceresponse")
				sc := rec.Only().SpanContext()
				if want := []string{fmt.Sprintf("00-%v-%v-01", sc.TraceID(), sc.SpanID())}; !slices.Equal(got, want) {
					t.Errorf("got traceresponse %q, want %q", got, want)
				}
			})
		}
	}
}
