package httpserver

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/forwarded"
)

// Config configures an [Engine]. As everywhere in OpenTelemetry, the environment takes
// precedence: if a field's comment names an environment variable, and the variable is set
// and not empty, it replaces the field.
//
// An empty list that is not nil makes New return an error. New does not retain lists. Package
// core has an option with the same name for each field, except for the providers, ErrorHandler and
// Warn.
type Config struct {
	// TracerProvider makes the server spans. Required: New returns an error if
	// it is nil, rather than using the global provider.
	TracerProvider trace.TracerProvider
	// MeterProvider makes the instruments. Required; pass the no-op provider
	// of go.opentelemetry.io/otel/metric/noop for no metrics.
	MeterProvider metric.MeterProvider
	// Propagator extracts the caller's context from request headers. Nil means
	// W3C trace context and baggage.
	Propagator propagation.TextMapPropagator

	// Exclude are the exclusion rules: a request that matches one records no span and no
	// metrics. The syntax is that of package exclude. OTEL_GO_EXCLUDED_URLS replaces the
	// rules for all frameworks. A variable with the [Framework].Name, such as
	// OTEL_GO_GIN_EXCLUDED_URLS, replaces them for that framework.
	Exclude []string

	// ExcludeFunc excludes requests by criteria that rules cannot express. If it returns
	// true, neither the request nor anything done in its context records spans or
	// metrics.
	//
	// The function is called before the span is started, for each request that no rule
	// excludes. Its cost is added to every request, so it should neither block nor call
	// another service. It may read all fields of the Request, but only until it returns.
	// Header names are case-insensitive. Route is set if the framework knows the route
	// before the handlers run; net/http does not.
	//
	// The function decides by what the client sends, so a client can evade telemetry. For
	// this reason, rules match no header except User-Agent. If the function panics, the
	// panic is reported once and the request is not excluded. No variable replaces
	// ExcludeFunc. Nil excludes nothing.
	ExcludeFunc func(*Request) bool

	// KnownMethods are the request methods to report by name, compared exactly. Any other
	// method is reported as _OTHER. Nil means the list of the HTTP semantic conventions:
	// CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY and TRACE.
	// OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS (comma-separated) replaces it.
	KnownMethods []string

	// CapturedRequestHeaders and CapturedResponseHeaders name the headers to
	// record, as http.request.header.<name> and http.response.header.<name>.
	// Default: none. Replaced by OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST
	// and …_SERVER_RESPONSE (comma-separated).
	CapturedRequestHeaders  []string
	CapturedResponseHeaders []string
	// SanitizedHeaders are the captured headers whose values are replaced by
	// REDACTED. Each is a name, or an RE2 expression that must match the whole
	// name; both ignore case. Nil means Authorization, Proxy-Authorization,
	// Cookie and Set-Cookie. UnsanitizedHeaders turns redaction off. It is an
	// error to set both SanitizedHeaders and UnsanitizedHeaders.
	// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS replaces both.
	SanitizedHeaders   []string
	UnsanitizedHeaders bool

	// SensitiveQueryKeys are the query keys whose values are replaced by
	// REDACTED in url.query, compared exactly. Nil means
	// X-Amz-Signature, X-Amz-Credential, X-Amz-Security-Token, sig and
	// X-Goog-Signature, as in the HTTP semantic conventions, and AWSAccessKeyId
	// and Signature. UnredactedQuery redacts nothing; together with a list it
	// makes New return an error.
	SensitiveQueryKeys []string
	UnredactedQuery    bool
	// WithoutQuery omits url.query.
	WithoutQuery bool

	// BodySizes records the sizes of bodies: the span attributes
	// http.request.body.size and http.response.body.size, and the metrics
	// http.server.request.body.size and http.server.response.body.size.
	// ActiveRequests records the metric http.server.active_requests. The HTTP
	// semantic conventions call both Opt-In. Default: neither.
	// OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY, true or
	// false, replaces both.
	BodySizes      bool
	ActiveRequests bool

	// ResponseTraceContext adds the response header traceresponse of the W3C Trace
	// Context draft: 00-<trace-id>-<child-id>-<flags>. It contains the trace id, the id
	// of the server span, and whether the trace is sampled. With these ids, a client can
	// name the trace in a bug report, and link to it. Responses to excluded requests do
	// not have the header. A handler can neither replace nor remove it. If the service uses
	// CORS, scripts can read it only with Access-Control-Expose-Headers: traceresponse.
	// Default: no header, because it tells any client which requests are sampled.
	ResponseTraceContext bool

	// RouteFormat sets how route parameters are written in http.route and the span name.
	// Default: in the framework's syntax.
	RouteFormat RouteFormat

	// PublicEndpoint reports whether a request comes from an untrusted caller.
	// Such a request starts a new trace that links to the caller's span, and
	// the caller's sampling decision and baggage are ignored. Nil trusts every
	// caller. See [AlwaysPublic]. Header names passed to the request's Header
	// are case-insensitive.
	PublicEndpoint func(*Request) bool
	// PublicBaggage keeps the caller's baggage if PublicEndpoint returns true. An
	// untrusted caller can send any baggage. The engine propagates it to all services that
	// are called, and some span processors copy it to attributes, so no decision may
	// depend on it. Default: the baggage is dropped. If PublicBaggage is set without
	// PublicEndpoint, New returns an error.
	PublicBaggage bool
	// TrustedProxies are addresses and CIDR ranges of proxies whose Forwarded,
	// X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host headers are trusted. "unix"
	// stands for every peer of a Unix-domain socket. The headers are read from right to
	// left, beginning with the entry of the nearest proxy. The first address that is not
	// trusted is the client's. A proxy must overwrite X-Forwarded-Proto and
	// X-Forwarded-Host or append to them, as it does with X-Forwarded-For. Default: none;
	// the headers are ignored.
	TrustedProxies []string
	// ForwardedHeaders sets which headers the trusted proxies write. Default: Forwarded, and
	// X-Forwarded-For, -Proto and -Host for what Forwarded does not have, as in the HTTP
	// semantic conventions. If a proxy writes one kind of header and forwards the client's
	// headers of the other kind, clients can forge addresses: set the kind that the proxy
	// writes.
	ForwardedHeaders ForwardedHeaders

	// ErrorHandler receives errors that occur while requests are served, such as a panic
	// in a hook of the application, which is reported once. Nil means OpenTelemetry's
	// global handler.
	ErrorHandler otel.ErrorHandler

	// Warn, if set, receives errors in environment variables, and the variables are
	// ignored. If Warn is nil, New returns these errors. New always returns errors in
	// fields.
	Warn func(error)
}

// ForwardedHeaders selects the headers in which proxies send the client's address.
type ForwardedHeaders int

const (
	// ForwardedOrX is Forwarded, and X-Forwarded-* for what Forwarded does not have.
	ForwardedOrX = ForwardedHeaders(forwarded.Either)
	// ForwardedOnly is Forwarded (RFC 7239).
	ForwardedOnly = ForwardedHeaders(forwarded.Standard)
	// XForwardedOnly is X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host.
	XForwardedOnly = ForwardedHeaders(forwarded.X)
)

// AlwaysPublic is a [Config].PublicEndpoint that trusts no caller.
func AlwaysPublic(*Request) bool { return true }
