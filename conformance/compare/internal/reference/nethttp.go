package reference

import (
	"net/http"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// NetHTTP is the service on an http.ServeMux, with the middleware that stands
// after the instrumentation around the mux, instrument (nil is nothing) around
// that, and a recovery, as net/http's users write one, around all.
func NetHTTP(s *Service, instrument func(http.Handler) http.Handler) http.Handler {
	return handlers.NetHTTP(s, instrument)
}
