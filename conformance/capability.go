package conformance

import "github.com/samespan/samespan/conformance/internal/contract"

// Capability is something that a check needs and that not every subject has. A
// check that needs what the subject does not declare to have is not applicable.
type Capability string

const (
	// Lifecycle says: the subject offers a life cycle, from start to a flush at
	// the end, and is not a middleware alone.
	Lifecycle = Capability(contract.Lifecycle)
	// Process says: the subject runs as a process of its own, so that it can be
	// sent a signal and has an exit status.
	Process = Capability(contract.Process)
	// Background says: the instrumentation offers tasks that outlive a request.
	Background = Capability(contract.Background)
	// Exclusion says: requests can be excluded, if only by a predicate that the
	// application writes: the contract's own paths are.
	Exclusion = Capability(contract.Exclusion)
	// ExclusionRules says: they are excluded by rules in Subject.ExcludeVariable.
	ExclusionRules = Capability(contract.ExclusionRules)
	// Disconnect says: the framework tells a handler that its client went away.
	Disconnect = Capability(contract.Disconnect)
	// HTTP2 says: the framework's server speaks HTTP/2 without TLS.
	HTTP2 = Capability(contract.HTTP2)
	// ResponseWriter says: handlers write to an http.ResponseWriter.
	ResponseWriter = Capability(contract.ResponseWriter)
	// UnknownMethods says: requests with methods that no standard names reach the
	// instrumentation.
	UnknownMethods = Capability(contract.UnknownMethods)
	// MethodNotAllowed says: the framework answers 405 for a path that has other
	// methods.
	MethodNotAllowed = Capability(contract.MethodNotAllowed)
	// HandlerErrors says: handlers fail with an error value, which the framework
	// gives to an error handler and to middlewares.
	HandlerErrors = Capability(contract.HandlerErrors)
	// Nesting says: the subject can be started with net/http's middleware around
	// the framework's.
	Nesting = Capability(contract.Nesting)
	// Twice says: the subject can be started with its middleware registered twice.
	Twice = Capability(contract.Twice)
	// Bare says: the subject can be started without its instrumentation.
	Bare = Capability(contract.Bare)
	// RouteFormat says: routes can be written with braces.
	RouteFormat = Capability(contract.RouteFormat)
	// PublicEndpoint says: callers can be declared not to be trusted.
	PublicEndpoint = Capability(contract.PublicEndpoint)
	// TrustedProxies says: proxies can be declared to be trusted.
	TrustedProxies = Capability(contract.TrustedProxies)
	// CapturedHeaders says: headers can be asked for.
	CapturedHeaders = Capability(contract.CapturedHeaders)
	// Hooks says: applications can name spans and add attributes.
	Hooks = Capability(contract.Hooks)
	// Sampler says: the service can be started with a sampler of its own.
	Sampler = Capability(contract.Sampler)
	// QueryKeys says: the sensitive keys of queries can be chosen.
	QueryKeys = Capability(contract.QueryKeys)
	// WithoutQuery says: url.query can be turned off.
	WithoutQuery = Capability(contract.WithoutQuery)
	// ActiveRequests says: http.server.active_requests is measured, always or when
	// it is asked for.
	ActiveRequests = Capability(contract.ActiveRequests)
	// BodySizes says: the sizes of bodies are recorded, on spans and in metrics,
	// always or when they are asked for.
	BodySizes = Capability(contract.BodySizes)
	// Recovery says: the status that the recovery outside answers with can be
	// chosen.
	Recovery = Capability(contract.Recovery)
	// Outside says: the service can be started with a middleware outside the
	// instrumentation that starts a span.
	Outside = Capability(contract.Outside)
	// Rewrite says: the service can be started with a middleware that changes
	// method and path before the request is routed.
	Rewrite = Capability(contract.Rewrite)
	// Slug says: the service can be started with the route GET /{slug}.
	Slug = Capability(contract.Slug)
	// SubRequests says: a handler can serve a request by its own router.
	SubRequests = Capability(contract.SubRequests)
	// TwoServers says: the service can be started with a second server under the
	// same life cycle.
	TwoServers = Capability(contract.TwoServers)
	// HTTPProtobuf says: the service also exports by http/protobuf.
	HTTPProtobuf = Capability(contract.HTTPProtobuf)
)

// Capabilities returns all capabilities, in the order of their constants.
func Capabilities() []Capability { return converted[Capability](contract.Capabilities()) }

// converted converts strings of one type into those of another.
func converted[To, From ~string](from []From) (to []To) {
	for _, each := range from {
		to = append(to, To(each))
	}
	return to
}
