package reference

import (
	"net/http"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// NetHTTP returns the service on an http.ServeMux. From the inside out, the mux is
// wrapped in the service's own middleware, in instrument (nil for none), and in a recovery
// as net/http's users write it.
func NetHTTP(s *Service, instrument func(http.Handler) http.Handler) http.Handler {
	return handlers.NetHTTP(s, instrument)
}
