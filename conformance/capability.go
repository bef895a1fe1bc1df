package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Capability is something that a check needs and that not every subject has. A
// subject declares each one, as had or not: what is forgotten is an error, so
// that a check never counts as not applicable by accident.
type Capability string

const (
	// Lifecycle says: the subject offers a life cycle, from start to a flush at
	// the end, and is not a middleware alone.
	Lifecycle Capability = "lifecycle"
	// Process says: the subject runs as a process of its own, so that it can be
	// sent a signal and has an exit status.
	Process Capability = "process"
	// Background says: the instrumentation offers tasks that outlive a request.
	Background Capability = "background"
	// Exclusion says: requests can be excluded, if only by a predicate that the
	// application writes: the contract's own paths are.
	Exclusion Capability = "exclusion"
	// ExclusionRules says: they are excluded by rules in Subject.ExcludeVariable.
	ExclusionRules Capability = "exclusion rules"
	// Disconnect says: the framework tells a handler that its client went away.
	Disconnect Capability = "disconnect"
	// HTTP2 says: the framework's server speaks HTTP/2 without TLS.
	HTTP2 Capability = "http2"
	// ResponseWriter says: handlers write to an http.ResponseWriter.
	ResponseWriter Capability = "response writer"
	// UnknownMethods says: requests with methods that no standard names reach the
	// instrumentation.
	UnknownMethods Capability = "unknown methods"
	// MethodNotAllowed says: the framework answers 405 for a path that has other
	// methods.
	MethodNotAllowed Capability = "method not allowed"
	// HandlerErrors says: handlers fail with an error value, which the framework
	// gives to an error handler and to middlewares.
	HandlerErrors Capability = "handler errors"
	// Nesting says: the subject can be started with net/http's middleware around
	// the framework's.
	Nesting Capability = "nesting"
	// Twice says: the subject can be started with its middleware registered twice.
	Twice Capability = "twice"
	// Bare says: the subject can be started without its instrumentation.
	Bare Capability = "bare"
	// RouteFormat says: routes can be written with braces.
	RouteFormat Capability = "route format"
	// PublicEndpoint says: callers can be declared not to be trusted.
	PublicEndpoint Capability = "public endpoint"
	// TrustedProxies says: proxies can be declared to be trusted.
	TrustedProxies Capability = "trusted proxies"
	// CapturedHeaders says: headers can be asked for.
	CapturedHeaders Capability = "captured headers"
	// Hooks says: applications can name spans and add attributes.
	Hooks Capability = "hooks"
	// Sampler says: the service can be started with a sampler of its own.
	Sampler Capability = "sampler"
	// QueryKeys says: the sensitive keys of queries can be chosen.
	QueryKeys Capability = "query keys"
	// WithoutQuery says: url.query can be turned off.
	WithoutQuery Capability = "without query"
	// ActiveRequests says: http.server.active_requests is measured, always or when
	// it is asked for.
	ActiveRequests Capability = "active requests"
	// BodySizes says: the sizes of bodies are recorded, on spans and in metrics,
	// always or when they are asked for.
	BodySizes Capability = "body sizes"
	// Recovery says: the status that the recovery outside answers with can be
	// chosen.
	Recovery Capability = "recovery"
	// Outside says: the service can be started with a middleware outside the
	// instrumentation that starts a span.
	Outside Capability = "outside"
	// Rewrite says: the service can be started with a middleware that changes
	// method and path before the request is routed.
	Rewrite Capability = "rewrite"
	// Slug says: the service can be started with the route GET /{slug}.
	Slug Capability = "slug"
	// SubRequests says: a handler can serve a request by its own router.
	SubRequests Capability = "sub-requests"
	// TwoServers says: the service can be started with a second server under the
	// same life cycle.
	TwoServers Capability = "two servers"
	// HTTPProtobuf says: the service also exports by http/protobuf.
	HTTPProtobuf Capability = "http/protobuf"
)

// AllCapabilities are the capabilities that every subject declares.
var AllCapabilities = []Capability{
	Lifecycle, Process, Background, Exclusion, ExclusionRules, Disconnect, HTTP2, ResponseWriter, UnknownMethods, MethodNotAllowed,
	HandlerErrors, Nesting, Twice, Bare, RouteFormat, PublicEndpoint, TrustedProxies, CapturedHeaders, Hooks,
	Sampler, QueryKeys, WithoutQuery, ActiveRequests, BodySizes, Recovery, Outside, Rewrite, Slug, SubRequests, TwoServers, HTTPProtobuf,
}

// optIn asks for telemetry that the conventions call Opt-In: what the subject
// has of it. A service that runs already was asked for it at its start.
func optIn(wanted ...Capability) func(*Subject) []string {
	return func(s *Subject) []string {
		var asked []string
		if s.isRunning() {
			return nil
		}
		for _, capability := range wanted {
			if s.Capabilities[capability] {
				asked = append(asked, strings.ReplaceAll(string(capability), " ", "_"))
			}
		}
		if asked == nil {
			return nil
		}
		return []string{"SAMESPAN_OPT_IN=" + strings.Join(asked, ",")}
	}
}

// Capabilities tells for each capability whether a subject has it.
type Capabilities map[Capability]bool

// validate returns an error unless every capability is declared, and no other.
func (c Capabilities) validate() error {
	for _, capability := range AllCapabilities {
		if _, ok := c[capability]; !ok {
			return fmt.Errorf("the capability %q is not declared, want true or false", capability)
		}
	}
	for _, capability := range slices.Sorted(maps.Keys(c)) {
		if !slices.Contains(AllCapabilities, capability) {
			return fmt.Errorf("there is no capability %q", capability)
		}
	}
	return nil
}
