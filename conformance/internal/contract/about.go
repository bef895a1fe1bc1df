package contract

// About describes a capability.
type About struct {
	Capability Capability
	// Means says what a subject with the capability can do.
	Means string
	// Variable, as NAME=value, enables the capability; "" if there is none.
	Variable string
	// Refused is a value of the variable with which a service must fail to
	// start; "" if every value is valid.
	Refused string
	// Routes are the additional routes that a service with the capability serves.
	Routes []string
}

// Abouts returns the descriptions of all capabilities, in the order of
// [Capabilities].
func Abouts() []About {
	return []About{
		{Capability: Lifecycle, Means: "the instrumentation flushes and shuts down the telemetry, without code of the application", Routes: []string{"POST /lifecycle/{action}"}},
		{Capability: Process, Means: "the service is a process, which receives SIGTERM and has an exit status"},
		{Capability: Background, Means: "the instrumentation supports background tasks, which outlive their request", Routes: []string{"GET /background"}},
		{Capability: Exclusion, Means: "requests for /healthz, /metrics and /docs are excluded from recording", Routes: []string{"GET /healthz", "GET /metrics", "GET /docs"}},
		{Capability: ExclusionRules, Means: "the environment variable that --exclude-variable names sets the exclusion rules"},
		{Capability: Disconnect, Means: "the framework notifies a handler when its client has disconnected", Routes: []string{"GET /slow/{ms}", "GET /endless"}},
		{Capability: HTTP2, Means: "HTTP/2 without TLS, with prior knowledge, at the same address"},
		{Capability: ResponseWriter, Means: "handlers write to an http.ResponseWriter of Go", Routes: []string{"GET /writer", "GET /abort"}},
		{Capability: UnknownMethods, Means: "requests with unknown methods, such as FOO, reach the instrumentation"},
		{Capability: KnownMethods, Means: "an environment variable replaces the list of known methods; no check tests other ways to replace it", Variable: "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS=GET,POST"},
		{Capability: MethodNotAllowed, Means: "the framework responds with 405 if the path has routes for other methods only"},
		{Capability: HandlerErrors, Means: "handlers can fail with an error value, which the framework passes to an error handler and to middlewares"},
		{Capability: Nesting, Means: "the service can wrap all its handlers in the middleware for the language's HTTP server, in addition to the framework's middleware", Variable: NestingVariable + "=outer", Refused: NestingVariable + "=" + invalidValue},
		{Capability: Twice, Means: "the service can register the framework's middleware twice", Variable: NestingVariable + "=twice", Refused: NestingVariable + "=" + invalidValue},
		{Capability: Bare, Means: "the service can run without its instrumentation, for comparison", Variable: BareService, Refused: "SAMESPAN_BARE=" + invalidValue},
		{Capability: RouteFormat, Means: "routes can be recorded with braces, whatever the framework's syntax", Variable: "SAMESPAN_ROUTE_FORMAT=braces", Refused: "SAMESPAN_ROUTE_FORMAT=" + invalidValue},
		{Capability: PublicEndpoint, Means: "the service can be configured as a public endpoint, which trusts no caller", Variable: "SAMESPAN_PUBLIC_ENDPOINT=true", Refused: "SAMESPAN_PUBLIC_ENDPOINT=" + invalidValue},
		{Capability: TrustedProxies, Means: "the addresses of trusted proxies can be configured", Variable: "SAMESPAN_TRUSTED_PROXIES=127.0.0.0/8", Refused: "SAMESPAN_TRUSTED_PROXIES=" + invalidValue},
		{Capability: CapturedHeaders, Means: "headers are recorded if OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_* lists them"},
		{Capability: Hooks, Means: "the application names spans and adds attributes by hooks of the instrumentation", Variable: "SAMESPAN_HOOKS=name", Refused: "SAMESPAN_HOOKS=" + invalidValue},
		{Capability: Sampler, Means: "the service can use its own sampler, which sees the attributes at the start of a span", Variable: "SAMESPAN_SAMPLER=/files/", Refused: "SAMESPAN_SAMPLER=" + invalidValue},
		{Capability: QueryKeys, Means: "the keys whose values are redacted in url.query can be configured", Variable: "SAMESPAN_SENSITIVE_QUERY_KEYS=token,api_key"},
		{Capability: WithoutQuery, Means: "the recording of url.query can be turned off", Variable: "SAMESPAN_QUERY=off", Refused: "SAMESPAN_QUERY=" + invalidValue},
		{Capability: ActiveRequests, Means: "http.server.active_requests is measured, always or if the variable enables it", Variable: "SAMESPAN_OPT_IN=active_requests"},
		{Capability: BodySizes, Means: "the sizes of bodies are recorded, on spans and in metrics, always or if the variable enables it", Variable: "SAMESPAN_OPT_IN=body_sizes"},
		{Capability: Recovery, Means: "the recovery middleware outside the instrumentation can respond with another status than 500", Variable: "SAMESPAN_RECOVERY=503", Refused: "SAMESPAN_RECOVERY=" + invalidValue},
		{Capability: Outside, Means: "the service can have a middleware outside the instrumentation that starts a span", Variable: OutsideVariable + "=internal", Refused: OutsideVariable + "=" + invalidValue},
		{Capability: Rewrite, Means: "the service can have a middleware that changes method and path before the request is routed", Variable: "SAMESPAN_REWRITE=outside", Refused: "SAMESPAN_REWRITE=" + invalidValue},
		{Capability: Slug, Means: "the service can register the route GET /{slug}", Variable: "SAMESPAN_SLUG=true", Refused: "SAMESPAN_SLUG=" + invalidValue},
		{Capability: SubRequests, Means: "a handler can send further requests directly to the service's own router", Routes: []string{"POST /batch"}},
		{Capability: TwoServers, Means: "the service can run a second server with the same lifecycle", Variable: "SAMESPAN_ADMIN_ADDR=127.0.0.1:8081"},
		{Capability: HTTPProtobuf, Means: "the service also exports by http/protobuf", Variable: "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"},
		{Capability: Metrics, Means: "the instrumentation records metrics of requests, above all http.server.request.duration"},
		{Capability: LossReports, Means: "the service prints how many spans were lost before it exits"},
	}
}

const (
	// NestingVariable starts the service with its middleware registered twice, or inside
	// another middleware.
	NestingVariable = "SAMESPAN_NESTING"
	// invalidValue is a value that is invalid for every variable with a fixed set of
	// values.
	invalidValue = "no-such-value"
)
