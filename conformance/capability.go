package conformance

import "github.com/samespan/samespan/conformance/internal/contract"

// Capability is a feature that some checks need and not every subject has. A check is not
// applicable if it needs a capability that the subject does not declare.
type Capability string

const (
	// Lifecycle means that the subject manages telemetry from start to final flush,
	// rather than only providing a middleware.
	Lifecycle = Capability(contract.Lifecycle)
	// Process means that the subject runs as a separate process, so that it can receive
	// signals and has an exit status.
	Process = Capability(contract.Process)
	// Background means that the instrumentation provides a function that starts tasks which
	// outlive a request.
	Background = Capability(contract.Background)
	// Exclusion means that requests can be excluded, possibly only by a predicate in the
	// application's code. The service must exclude the paths that CONTRACT.md lists.
	Exclusion = Capability(contract.Exclusion)
	// ExclusionRules means that requests are excluded by rules in the environment variable
	// that Subject.ExcludeVariable names.
	ExclusionRules = Capability(contract.ExclusionRules)
	// Disconnect means that the framework notifies a handler when its client has
	// disconnected.
	Disconnect = Capability(contract.Disconnect)
	// HTTP2 means that the framework's server supports HTTP/2 without TLS.
	HTTP2 = Capability(contract.HTTP2)
	// ResponseWriter means that handlers write to an http.ResponseWriter.
	ResponseWriter = Capability(contract.ResponseWriter)
	// UnknownMethods means that requests with methods that no standard defines reach the
	// instrumentation.
	UnknownMethods = Capability(contract.UnknownMethods)
	// KnownMethods means that OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS replaces the list
	// of known methods. Some instrumentations let only code replace the list.
	KnownMethods = Capability(contract.KnownMethods)
	// MethodNotAllowed means that the framework answers 405 if the path has routes for
	// other methods only.
	MethodNotAllowed = Capability(contract.MethodNotAllowed)
	// HandlerErrors means that handlers return an error value, which the framework passes
	// to an error handler and to middlewares.
	HandlerErrors = Capability(contract.HandlerErrors)
	// Nesting means that the service can be started with net/http's middleware around the
	// framework's.
	Nesting = Capability(contract.Nesting)
	// Twice means that the service can be started with its middleware registered twice.
	Twice = Capability(contract.Twice)
	// Bare means that the service can be started without its instrumentation.
	Bare = Capability(contract.Bare)
	// RouteFormat means that the service can be configured to record routes with braces,
	// such as /process/{item_id}, in place of the framework's syntax.
	RouteFormat = Capability(contract.RouteFormat)
	// PublicEndpoint means that callers can be configured as untrusted.
	PublicEndpoint = Capability(contract.PublicEndpoint)
	// TrustedProxies means that proxies can be configured as trusted.
	TrustedProxies = Capability(contract.TrustedProxies)
	// CapturedHeaders means that headers can be captured.
	CapturedHeaders = Capability(contract.CapturedHeaders)
	// Hooks means that the application can give the instrumentation functions that name
	// spans and add attributes.
	Hooks = Capability(contract.Hooks)
	// Sampler means that the service can be started with a sampler of the application
	// instead of the one in OTEL_TRACES_SAMPLER.
	Sampler = Capability(contract.Sampler)
	// QueryKeys means that the query keys whose values are redacted can be configured.
	QueryKeys = Capability(contract.QueryKeys)
	// WithoutQuery means that the recording of url.query can be turned off.
	WithoutQuery = Capability(contract.WithoutQuery)
	// ActiveRequests means that http.server.active_requests is recorded, by default or if
	// enabled.
	ActiveRequests = Capability(contract.ActiveRequests)
	// BodySizes means that the sizes of bodies are recorded on spans and in metrics, by
	// default or if enabled.
	BodySizes = Capability(contract.BodySizes)
	// Recovery means that the recovery middleware outside the instrumentation can be
	// configured to answer panics with a status other than 500.
	Recovery = Capability(contract.Recovery)
	// Outside means that the service can be started with a middleware that wraps the
	// instrumentation and starts a span.
	Outside = Capability(contract.Outside)
	// Rewrite means that the service can be started with a middleware that changes method
	// and path before routing.
	Rewrite = Capability(contract.Rewrite)
	// Slug means that the service can be started with the route GET /{slug}.
	Slug = Capability(contract.Slug)
	// SubRequests means that a handler can send requests to the service's router in
	// process, without a connection.
	SubRequests = Capability(contract.SubRequests)
	// TwoServers means that the service can be started with a second server. One shutdown
	// stops both servers and flushes the telemetry.
	TwoServers = Capability(contract.TwoServers)
	// HTTPProtobuf means that the service can export with http/protobuf instead of gRPC.
	HTTPProtobuf = Capability(contract.HTTPProtobuf)
	// Metrics means that the instrumentation records metrics of requests. Other metrics
	// of the service do not count.
	Metrics = Capability(contract.Metrics)
	// LossReports means that the service prints how many spans were lost.
	LossReports = Capability(contract.LossReports)
)

// Capabilities returns all capabilities, in the order of their constants.
func Capabilities() []Capability { return convertStrings[Capability](contract.Capabilities()) }

// convertStrings converts a slice of one string type into a slice of another.
func convertStrings[To, From ~string](from []From) (to []To) {
	for _, each := range from {
		to = append(to, To(each))
	}
	return to
}
