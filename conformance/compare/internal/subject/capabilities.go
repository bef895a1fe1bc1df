package subject

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
)

// capabilities returns the capabilities of framework and instrumentation. The official
// middlewares have no lifecycle, no exclusion rules except a predicate, and no route
// format; some have other capabilities.
func (s Subject) capabilities() []conformance.Capability {
	if s.Program != nil {
		return s.programCapabilities
	}
	netHTTP := s.Framework != "Fiber" // based on net/http's server
	supported := map[conformance.Capability]bool{
		conformance.Lifecycle:      !s.Official,
		conformance.Process:        false,
		conformance.Background:     !s.Official,
		conformance.Exclusion:      true,
		conformance.ExclusionRules: !s.Official,
		conformance.Disconnect:     netHTTP,
		conformance.HTTP2:          netHTTP,
		conformance.ResponseWriter: netHTTP,
		conformance.UnknownMethods: netHTTP,
		// The official middlewares cannot replace the list of known methods.
		conformance.KnownMethods:     !s.Upstream,
		conformance.MethodNotAllowed: true,
		conformance.HandlerErrors:    !s.isNetHTTP(),
		conformance.Nesting:          netHTTP,
		conformance.Twice:            true,
		conformance.Bare:             true,
		conformance.RouteFormat:      !s.Upstream,
		// otelhttp, otelchi and otelmux have options for untrusted callers.
		conformance.PublicEndpoint: !s.Upstream || s.isNetHTTP(),
		// otelgin uses Gin's client address, and Gin's trusted proxies can be configured.
		conformance.TrustedProxies:  !s.Upstream || s.Framework == "Gin",
		conformance.CapturedHeaders: !s.Upstream,
		// otelfiber has options for both span names and attributes. Each of the other
		// official middlewares has an option for at most one of the two.
		conformance.Hooks: !s.Upstream || s.Framework == "Fiber",
		// The sampler is part of the service, not of the instrumentation.
		conformance.Sampler:      true,
		conformance.QueryKeys:    !s.Upstream,
		conformance.WithoutQuery: !s.Upstream,
		// otelfiber always counts active requests.
		conformance.ActiveRequests: !s.Upstream || s.Framework == "Fiber",
		// otelhttp and otelgin always record body sizes.
		conformance.BodySizes: !s.Upstream || s.Framework == "net/http" || s.Framework == "Gin",
		// The reference service itself implements the following capabilities. In addition,
		// TwoServers needs a lifecycle that waits for both servers. Official subjects have no
		// such lifecycle.
		conformance.Recovery:     true,
		conformance.Outside:      true,
		conformance.Rewrite:      true,
		conformance.Slug:         true,
		conformance.SubRequests:  true,
		conformance.TwoServers:   !s.Official,
		conformance.HTTPProtobuf: true,
		// otelecho v0.60 and otelmux v0.58 have no metrics. otelchi's middleware has none
		// either: its metrics are in a separate package, and are not those of the
		// conventions.
		conformance.Metrics:     !slices.Contains([]string{"otelecho", "otelchi", "otelmux"}, strings.TrimSuffix(s.Name, "+core")),
		conformance.LossReports: !s.Official,
	}
	return slices.DeleteFunc(conformance.Capabilities(), func(c conformance.Capability) bool { return !supported[c] })
}
