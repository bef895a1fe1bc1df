package httpserver

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/forwarded"
)

// Config configures an [Engine]. As everywhere in OpenTelemetry the environment
// takes precedence: if a variable named below is set and not empty, it replaces
// the field.
//
// An empty list that is not nil makes New return an error. Package core has an
// option for each field, with the same name.
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

	// Exclude are the exclusion rules: requests that match record no span and
	// no metrics. The syntax is that of package exclude. OTEL_GO_EXCLUDED_URLS
	// replaces them; for one framework the variable with its [Framework].Name
	// does, such as OTEL_GO_GIN_EXCLUDED_URLS.
	Exclude []string

	// ExcludeFunc excludes requests by anything else, as the rules do: what it
	// returns true for leaves no span and no metrics, and neither does what is
	// done under it. It is asked for each request that no rule excludes, before
	// there is a span, so that what it does is a cost of every request; it should
	// neither block nor call another service. The Request has everything that its
	// fields promise, its Header reads all headers in any case, and is used while
	// the function runs and not after. The route is there where the framework
	// knows it before the handlers run: not with net/http. What it decides by is
	// what a client sends: who wants to hide can, and that is why rules do not
	// match headers. A panic in it is reported once and excludes nothing. No
	// variable replaces it. Nil excludes nothing.
	ExcludeFunc func(*Request) bool

	// KnownMethods are the request methods that are reported by name, compared
	// exactly; any other is reported as _OTHER. Nil means the list of the HTTP
	// semantic conventions: CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST,
	// PUT, QUERY and TRACE. OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS
	// (comma-separated) replaces it.
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
	// Cookie and Set-Cookie. UnsanitizedHeaders redacts nothing; together with
	// a list it makes New return an error.
	// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS replaces both.
	SanitizedHeaders   []string
	UnsanitizedHeaders bool

	// SensitiveQueryKeys are the query keys whose values are replaced by
	// REDACTED in url.query, compared exactly. Nil means the list of the HTTP
	// semantic conventions: X-Amz-Signature, X-Amz-Credential,
	// X-Amz-Security-Token, sig and X-Goog-Signature. UnredactedQuery redacts
	// nothing; together with a list it makes New return an error.
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

	// ResponseTraceContext answers with the header traceresponse, which has the ids
	// of the trace and of the server span and says whether it is sampled, as the
	// draft of W3C's Trace Context has it: 00-<trace-id>-<child-id>-<flags>. A client
	// that has them can name the trace in a complaint, and link to it. Excluded
	// requests have no such header; a handler may replace it or take it away. Behind
	// CORS a script sees it only with Access-Control-Expose-Headers: traceresponse.
	// Default: no header, since the ids tell strangers what is sampled.
	ResponseTraceContext bool

	// RouteFormat sets how route parameters are written in http.route and the
	// span name. Default: as the framework writes them.
	RouteFormat RouteFormat

	// PublicEndpoint reports whether a request comes from an untrusted caller.
	// Such a request starts a new trace that links to the caller's span, and
	// the caller's sampling decision and baggage are ignored. Nil trusts every
	// caller. See [AlwaysPublic]. Header names passed to the request's Header
	// are case-insensitive.
	PublicEndpoint func(*Request) bool
	// PublicBaggage keeps the caller's baggage where PublicEndpoint returns true.
	// Anybody can write there what they like, it is passed on to all services that
	// are called, and processors that copy baggage make attributes of it: nothing
	// may be decided by it. Default: it is dropped. It is an error of New without
	// PublicEndpoint.
	PublicBaggage bool
	// TrustedProxies are addresses and CIDR ranges of proxies whose Forwarded
	// and X-Forwarded-For, -Proto and -Host headers are trusted; "unix" stands
	// for every peer of a Unix-domain socket. The headers are read from the
	// right, from the nearest proxy to the first address that is not trusted,
	// which is the client's. Proxies must overwrite or append to -Proto and
	// -Host, as they do with -For. Default: none, the headers are ignored.
	TrustedProxies []string
	// ForwardedHeaders sets which headers the trusted proxies write. Default:
	// Forwarded, or X-Forwarded-* if a request has no Forwarded, as in the HTTP
	// semantic conventions. A proxy that writes one kind and passes on the
	// other lets clients forge addresses: name the kind that it writes.
	ForwardedHeaders ForwardedHeaders

	// ErrorHandler gets errors that occur while requests are served: a hook of
	// the application that panics, reported once. Nil means OpenTelemetry's
	// global handler.
	ErrorHandler otel.ErrorHandler

	// Warn, if set, gets the errors of environment variables, which are then
	// ignored; otherwise New returns them. Errors of the fields are always
	// returned by New.
	Warn func(error)
}

// ForwardedHeaders selects the headers in which proxies pass on the client's
// address.
type ForwardedHeaders int

const (
	// ForwardedOrX is Forwarded, or X-Forwarded-* if a request has no
	// Forwarded.
	ForwardedOrX = ForwardedHeaders(forwarded.Either)
	// ForwardedOnly is Forwarded (RFC 7239).
	ForwardedOnly = ForwardedHeaders(forwarded.Standard)
	// XForwardedOnly is X-Forwarded-For, -Proto and -Host.
	XForwardedOnly = ForwardedHeaders(forwarded.X)
)

// AlwaysPublic is a [Config].PublicEndpoint that trusts no caller.
func AlwaysPublic(*Request) bool { return true }
