package reference

import (
	"net/http"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// NetHTTP is the service on an http.ServeMux: around the mux the middleware
// after the instrumentation, around that instrument (nil for none), and
// outermost a recovery as net/http's users write it.
func NetHTTP(s *Service, instrument func(http.Handler) http.Handler) http.Handler {
	return handlers.NetHTTP(s, instrument)
}
