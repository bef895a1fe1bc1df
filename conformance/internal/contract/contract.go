package contract

// Capability is a feature that some checks need and not every subject has. Package
// conformance documents each capability.
type Capability string

// The capabilities by their names in CONTRACT.md.
const (
	Lifecycle        Capability = "lifecycle"
	Process          Capability = "process"
	Background       Capability = "background"
	Exclusion        Capability = "exclusion"
	ExclusionRules   Capability = "exclusion rules"
	Disconnect       Capability = "disconnect"
	HTTP2            Capability = "http2"
	ResponseWriter   Capability = "response writer"
	UnknownMethods   Capability = "unknown methods"
	KnownMethods     Capability = "known methods"
	MethodNotAllowed Capability = "method not allowed"
	HandlerErrors    Capability = "handler errors"
	Nesting          Capability = "nesting"
	Twice            Capability = "twice"
	Bare             Capability = "bare"
	RouteFormat      Capability = "route format"
	PublicEndpoint   Capability = "public endpoint"
	TrustedProxies   Capability = "trusted proxies"
	CapturedHeaders  Capability = "captured headers"
	Hooks            Capability = "hooks"
	Sampler          Capability = "sampler"
	QueryKeys        Capability = "query keys"
	WithoutQuery     Capability = "without query"
	ActiveRequests   Capability = "active requests"
	BodySizes        Capability = "body sizes"
	Recovery         Capability = "recovery"
	Outside          Capability = "outside"
	Rewrite          Capability = "rewrite"
	Slug             Capability = "slug"
	SubRequests      Capability = "sub-requests"
	TwoServers       Capability = "two servers"
	HTTPProtobuf     Capability = "http/protobuf"
	Metrics          Capability = "metrics"
	LossReports      Capability = "loss reports"
)

// Capabilities returns all capabilities, in the order of their constants.
func Capabilities() []Capability {
	return []Capability{
		Lifecycle, Process, Background, Exclusion, ExclusionRules, Disconnect, HTTP2, ResponseWriter, UnknownMethods, KnownMethods, MethodNotAllowed,
		HandlerErrors, Nesting, Twice, Bare, RouteFormat, PublicEndpoint, TrustedProxies, CapturedHeaders, Hooks,
		Sampler, QueryKeys, WithoutQuery, ActiveRequests, BodySizes, Recovery, Outside, Rewrite, Slug, SubRequests, TwoServers, HTTPProtobuf,
		Metrics, LossReports,
	}
}

// Variables that change how the service starts.
const (
	// BareService starts the service without its instrumentation.
	BareService = "SAMESPAN_BARE=true"
	// OutsideVariable starts the service with a middleware that wraps the instrumentation
	// and starts a span. The variable's value is the kind of the span.
	OutsideVariable = "SAMESPAN_OUTSIDE"
)

const (
	// ProcessedMetric is the service's own counter of requests for /process.
	ProcessedMetric = "reference.processed"
	// PanicMessage is the message of the panic in the handler of GET /panic.
	PanicMessage = "reference panic"
	// FirstEvent is the first event of GET /held and GET /endless.
	FirstEvent = "data: 1\n\n"
	// FileSize is the size of the response of GET /file.
	FileSize = 100_000
	// TruncatedSize is the Content-Length of GET /truncated/{kind}.
	TruncatedSize = 100_000
)
