package subject

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/nethttpotel"
)

// onChi is a subject for a router that this project has no adapter for:
// net/http's as a middleware of the router, and the option that asks the router
// for the route.
var onChi = Subject{
	Name: "nethttpotel on chi", Framework: "chi", Process: "/process/{item_id}",
	InstrumentationVersion: nethttpotel.Version,
	Instrument: Instrument{
		Router: reference.Chi,
		NetHTTP: func(w Wiring) func(http.Handler) http.Handler {
			return nethttpotel.Middleware(w.Telemetry,
				nethttpotel.WithRoute(routeOfChi),
				nethttpotel.WithSpanName(spanName[*http.Request](w.Variables)),
				nethttpotel.WithAttributes(attributes[*http.Request](w.Variables)))
		},
	},
}

// routeOfChi is the hook that nethttpotel's documentation shows.
func routeOfChi(r *http.Request) string { return chi.RouteContext(r.Context()).RoutePattern() }

func TestConformanceOfAnotherRouter(t *testing.T) {
	s := onChi.Conformance()
	s.Instrumentation = "github.com/samespan/samespan/nethttpotel"
	wildcard := regexp.MustCompile(`\{\w+\.{3}\}`)
	s.Template = func(route string) string { return wildcard.ReplaceAllString(route, "*") }
	s.OwnExcludeVariable = "OTEL_GO_NETHTTP_EXCLUDED_URLS"
	s.Has = slices.DeleteFunc(s.Has, func(c conformance.Capability) bool { return c == conformance.HandlerErrors })
	s.KnownFailures = map[string]string{
		"transparent/multipart": "chi passes a copy of the request on, so that net/http's server never sees the form whose files it would remove: without instrumentation too",
	}
	conformance.Test(t, t.Run, s)
}
