package subject

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
)

// capabilities are what the framework and the instrumentation support. The
// official middlewares have no lifecycle, no exclusion rules except a
// predicate, and no route format; some have other capabilities.
func (s Subject) capabilities() []conformance.Capability {
	if s.Program != nil {
		return s.has
	}
	netHTTP := s.Framework != "Fiber" // based on net/http's server
	has := map[conformance.Capability]bool{
		conformance.Lifecycle:      !s.Official,
		conformance.Process:        false,
		conformance.Background:     !s.Official,
		conformance.Exclusion:      true,
		conformance.ExclusionRules: !s.Official,
		conformance.Disconnect:     netHTTP,
		conformance.HTTP2:          netHTTP,
		conformance.ResponseWriter: netHTTP,
		conformance.UnknownMethods: netHTTP,
		// The official middlewares have no way to replace the list.
		conformance.KnownMethods:     !s.Upstream,
		conformance.MethodNotAllowed: true,
		conformance.HandlerErrors:    !s.isNetHTTP(),
		conformance.Nesting:          netHTTP,
		conformance.Twice:            true,
		conformance.Bare:             true,
		conformance.RouteFormat:      !s.Upstream,
		// otelhttp, otelchi and otelmux have options for it.
		conformance.PublicEndpoint: !s.Upstream || s.isNetHTTP(),
		// otelgin uses Gin's client address, and Gin can be configured with
		// proxies.
		conformance.TrustedProxies:  !s.Upstream || s.Framework == "Gin",
		conformance.CapturedHeaders: !s.Upstream,
		// otelfiber has options for both, the others for at most one.
		conformance.Hooks: !s.Upstream || s.Framework == "Fiber",
		// The service's own sampler, independent of the instrumentation.
		conformance.Sampler:      true,
		conformance.QueryKeys:    !s.Upstream,
		conformance.WithoutQuery: !s.Upstream,
		// otelfiber always counts them.
		conformance.ActiveRequests: !s.Upstream || s.Framework == "Fiber",
		// otelhttp and otelgin always record them.
		conformance.BodySizes: !s.Upstream || s.Framework == "net/http" || s.Framework == "Gin",
		// The rest is implemented by the service, except what needs a
		// lifecycle.
		conformance.Recovery:     true,
		conformance.Outside:      true,
		conformance.Rewrite:      true,
		conformance.Slug:         true,
		conformance.SubRequests:  true,
		conformance.TwoServers:   !s.Official,
		conformance.HTTPProtobuf: true,
		// otelecho v0.60 and otelmux v0.58 have no metrics at all. otelchi has some,
		// but in a package of its own that its middleware does not use, and none of
		// the conventions.
		conformance.Metrics:     !slices.Contains([]string{"otelecho", "otelchi", "otelmux"}, strings.TrimSuffix(s.Name, "+core")),
		conformance.LossReports: !s.Official,
	}
	return slices.DeleteFunc(conformance.Capabilities(), func(c conformance.Capability) bool { return !has[c] })
}
