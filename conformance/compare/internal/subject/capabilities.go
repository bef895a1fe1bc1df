package subject

import (
	"slices"

	"github.com/samespan/samespan/conformance"
)

// capabilities are what the framework and the instrumentation offer. The
// official middlewares have no life cycle, no exclusion rules beyond a hook for
// a predicate and no format for routes; single ones have the rest.
func (s Subject) capabilities() []conformance.Capability {
	if s.Program != nil {
		return s.has
	}
	netHTTP := s.Framework != "Fiber" // what stands on net/http's server
	has := map[conformance.Capability]bool{
		conformance.Lifecycle:        !s.Official,
		conformance.Process:          false,
		conformance.Background:       !s.Official,
		conformance.Exclusion:        true,
		conformance.ExclusionRules:   !s.Official,
		conformance.Disconnect:       netHTTP,
		conformance.HTTP2:            netHTTP,
		conformance.ResponseWriter:   netHTTP,
		conformance.UnknownMethods:   netHTTP,
		conformance.MethodNotAllowed: true,
		conformance.HandlerErrors:    !s.isNetHTTP(),
		conformance.Nesting:          netHTTP,
		conformance.Twice:            true,
		conformance.Bare:             true,
		conformance.RouteFormat:      !s.Upstream,
		// otelhttp, otelchi and otelmux have options for it.
		conformance.PublicEndpoint: !s.Upstream || s.isNetHTTP(),
		// otelgin records what Gin finds out, which knows its proxies.
		conformance.TrustedProxies:  !s.Upstream || s.Framework == "Gin",
		conformance.CapturedHeaders: !s.Upstream,
		// otelfiber has options for both, the others for one at most.
		conformance.Hooks: !s.Upstream || s.Framework == "Fiber",
		// The service's own, whatever the instrumentation.
		conformance.Sampler:      true,
		conformance.QueryKeys:    !s.Upstream,
		conformance.WithoutQuery: !s.Upstream,
		// otelfiber always counts them.
		conformance.ActiveRequests: !s.Upstream || s.Framework == "Fiber",
		// otelhttp and otelgin always record them.
		conformance.BodySizes: !s.Upstream || s.Framework == "net/http" || s.Framework == "Gin",
		// The rest is the service's own, but for what needs a life cycle.
		conformance.Recovery:     true,
		conformance.Outside:      true,
		conformance.Rewrite:      true,
		conformance.Slug:         true,
		conformance.SubRequests:  true,
		conformance.TwoServers:   !s.Official,
		conformance.HTTPProtobuf: true,
	}
	return slices.DeleteFunc(conformance.Capabilities(), func(c conformance.Capability) bool { return !has[c] })
}
