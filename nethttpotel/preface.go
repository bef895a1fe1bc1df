package nethttpotel

import (
	"net/http"

	"github.com/samespan/samespan/internal/stdhttp"
)

// servePreface passes a preface to the handlers. If a handler takes over the connection, the
// preface is not recorded: it is not a request, and the requests of the connection, whose
// contexts are derived from r's, must not become part of it. If a middleware inside receives
// the preface, that middleware records it. Otherwise, servePreface records it like a request,
// but only after the handlers: its duration is about 0, and the handlers do not find its span.
func (h *handler) servePreface(w http.ResponseWriter, r *http.Request) {
	stdhttp.SeePreface(r)
	writer, recorder := stdhttp.Record(w, r)
	inner, seenInside := stdhttp.WatchPreface(r)
	returned := false
	defer func() {
		var panicked any
		if !returned {
			// panicked stays nil if the handlers end the goroutine without a panic.
			panicked = recover()
		}
		stdhttp.HandBack(r, inner)
		if !recorder.Hijacked() && !seenInside.Load() {
			if _, exchange := h.start(r); exchange.Observed() {
				h.end(exchange, recorder.Outcome(exchange, r, panicked, returned), inner, stdhttp.DeclaredBody(r))
			}
		}
		if panicked != nil {
			panic(panicked)
		}
	}()
	h.next.ServeHTTP(writer, inner)
	returned = true
}
