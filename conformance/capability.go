package conformance

import "github.com/samespan/samespan/conformance/internal/contract"

// Capability is something that a check needs and that not every subject has. A
// check that needs a capability that the subject does not declare is not
// applicable.
type Capability string

const (
	// Lifecycle: the subject has a lifecycle, from the start to a flush at the
	// end, rather than only a middleware.
	Lifecycle = Capability(contract.Lifecycle)
	// Process: the subject runs as a separate process, so that it can receive
	// signals and has an exit status.
	Process = Capability(contract.Process)
	// Background: the instrumentation provides tasks that outlive a request.
	Background = Capability(contract.Background)
	// Exclusion: requests can be excluded, if only by a predicate in the
	// application: the contract's own paths are excluded.
	Exclusion = Capability(contract.Exclusion)
	// ExclusionRules: requests are excluded by rules in the variable
	// Subject.ExcludeVariable.
	ExclusionRules = Capability(contract.ExclusionRules)
	// Disconnect: the framework tells a handler that its client has
	// disconnected.
	Disconnect = Capability(contract.Disconnect)
	// HTTP2: the framework's server supports HTTP/2 without TLS.
	HTTP2 = Capability(contract.HTTP2)
	// ResponseWriter: handlers write to an http.ResponseWriter.
	ResponseWriter = Capability(contract.ResponseWriter)
	// UnknownMethods: requests with methods that no standard defines reach the
	// instrumentation.
	UnknownMethods = Capability(contract.UnknownMethods)
	// MethodNotAllowed: the framework answers 405 for a path that has other
	// methods.
	MethodNotAllowed = Capability(contract.MethodNotAllowed)
	// HandlerErrors: handlers return an error value, which the framework passes
	// to an error handler and to middlewares.
	HandlerErrors = Capability(contract.HandlerErrors)
	// Nesting: the service can be started with net/http's middleware around the
	// framework's.
	Nesting = Capability(contract.Nesting)
	// Twice: the service can be started with its middleware registered twice.
	Twice = Capability(contract.Twice)
	// Bare: the service can be started without its instrumentation.
	Bare = Capability(contract.Bare)
	// RouteFormat: routes can be written with braces.
	RouteFormat = Capability(contract.RouteFormat)
	// PublicEndpoint: callers can be configured as untrusted.
	PublicEndpoint = Capability(contract.PublicEndpoint)
	// TrustedProxies: proxies can be configured as trusted.
	TrustedProxies = Capability(contract.TrustedProxies)
	// CapturedHeaders: headers can be captured.
	CapturedHeaders = Capability(contract.CapturedHeaders)
	// Hooks: applications can name spans and add attributes.
	Hooks = Capability(contract.Hooks)
	// Sampler: the service can be started with its own sampler.
	Sampler = Capability(contract.Sampler)
	// QueryKeys: the sensitive query keys can be configured.
	QueryKeys = Capability(contract.QueryKeys)
	// WithoutQuery: url.query can be turned off.
	WithoutQuery = Capability(contract.WithoutQuery)
	// ActiveRequests: http.server.active_requests is recorded, always or if
	// enabled.
	ActiveRequests = Capability(contract.ActiveRequests)
	// BodySizes: the sizes of bodies are recorded on spans and in metrics,
	// always or if enabled.
	BodySizes = Capability(contract.BodySizes)
	// Recovery: the status with which the outer recovery answers can be
	// configured.
	Recovery = Capability(contract.Recovery)
	// Outside: the service can be started with a middleware outside the
	// instrumentation that starts a span.
	Outside = Capability(contract.Outside)
	// Rewrite: the service can be started with a middleware that changes method
	// and path before routing.
	Rewrite = Capability(contract.Rewrite)
	// Slug: the service can be started with the route GET /{slug}.
	Slug = Capability(contract.Slug)
	// SubRequests: a handler can serve a request through its own router.
	SubRequests = Capability(contract.SubRequests)
	// TwoServers: the service can be started with a second server in the same
	// lifecycle.
	TwoServers = Capability(contract.TwoServers)
	// HTTPProtobuf: the service can also export with http/protobuf.
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
