package httpserver

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/forwarded"
)

// Config is what [New] builds an [Engine] from. The environment wins over it,
// as it does everywhere in OpenTelemetry: a variable named below, set and not
// empty, replaces the field.
//
// A list that is empty and not nil is an error of New. The options of package
// core have the names of the fields.
type Config struct {
	// TracerProvider makes the server spans. Required: a forgotten provider is
	// an error of New, not a silent fall-back to the global one.
	TracerProvider trace.TracerProvider
	// MeterProvider makes the instruments. Required; pass the no-op provider
	// of go.opentelemetry.io/otel/metric/noop for no metrics.
	MeterProvider metric.MeterProvider
	// Propagator reads the caller's context from the request's headers. Nil
	// is W3C trace context and baggage.
	Propagator propagation.TextMapPropagator

	// Exclude are the rules of the requests that leave no span and no metrics,
	// in the syntax of package exclude. OTEL_GO_EXCLUDED_URLS replaces them,
	// and for one framework the variable of its [Framework].Name does, such as
	// OTEL_GO_GIN_EXCLUDED_URLS.
	Exclude []string

	// KnownMethods are the request methods reported as they are, compared
	// exactly; any other is reported as _OTHER. Nil is the list of the HTTP
	// semantic conventions: CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST,
	// PUT, QUERY and TRACE. A list replaces that one.
	// OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS (comma-separated) replaces it.
	KnownMethods []string

	// CapturedRequestHeaders and CapturedResponseHeaders name the headers to
	// record, as http.request.header.<name> and http.response.header.<name>.
	// Default: none. Replaced by OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST
	// and …_SERVER_RESPONSE (comma-separated).
	CapturedRequestHeaders  []string
	CapturedResponseHeaders []string
	// SanitizedHeaders are the recorded headers whose values are replaced by
	// REDACTED, each a name or an RE2 expression that must match the whole
	// name, case ignored. Nil is Authorization, Proxy-Authorization, Cookie
	// and Set-Cookie. A list replaces it. UnsanitizedHeaders redacts nothing, and
	// is an error of New beside a list. Both are replaced by
	// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS.
	SanitizedHeaders   []string
	UnsanitizedHeaders bool

	// SensitiveQueryKeys are the query keys whose values are replaced by
	// REDACTED in url.query, compared exactly. Nil is the list of the HTTP
	// semantic conventions: X-Amz-Signature, X-Amz-Credential,
	// X-Amz-Security-Token, sig and X-Goog-Signature. A list replaces it.
	// UnredactedQuery redacts nothing, and is an error of New beside a list.
	SensitiveQueryKeys []string
	UnredactedQuery    bool
	// WithoutQuery leaves url.query out altogether.
	WithoutQuery bool

	// BodySizes records the sizes of bodies: http.request.body.size and
	// http.response.body.size of a span, and the metrics
	// http.server.request.body.size and http.server.response.body.size.
	// ActiveRequests records the metric http.server.active_requests. The HTTP
	// semantic conventions call both Opt-In. Default: neither.
	// OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY, true or
	// false, replaces both.
	BodySizes      bool
	ActiveRequests bool

	// RouteFormat is how http.route and the span's name write a route's
	// parameters. Default: as the framework does.
	RouteFormat RouteFormat

	// PublicEndpoint, where it returns true, makes the request the root of a
	// new trace that links to the caller's span, and ignores the caller's
	// sampling decision and baggage. Nil trusts every caller. See
	// [AlwaysPublic]. The case of the names that it asks Header for does not
	// matter.
	PublicEndpoint func(*Request) bool
	// TrustedProxies are the addresses and CIDR ranges of the proxies whose
	// Forwarded and X-Forwarded-For, -Proto and -Host headers are believed;
	// "unix" is every peer of a Unix-domain socket. The headers are read
	// from the right, from the nearest proxy to the first address that is not
	// trusted, which is the client's. A proxy must overwrite -Proto and -Host,
	// or append to them, as it does to -For.
	// Default: none, so that the headers mean nothing.
	TrustedProxies []string
	// ForwardedHeaders says which headers the trusted proxies write. Default:
	// Forwarded, or X-Forwarded-* where a request has none, as in the HTTP
	// semantic conventions. A proxy that writes one kind and passes on the other
	// lets its clients choose what is believed: name the kind that it writes.
	ForwardedHeaders ForwardedHeaders

	// ErrorHandler is told what goes wrong while requests are served: a hook of
	// the application's that panics, once. Nil is OpenTelemetry's global handler.
	ErrorHandler otel.ErrorHandler

	// Warn, when set, receives what is wrong in the environment, and the
	// variable is ignored; otherwise New fails. What is wrong in the fields
	// above is always an error of New.
	Warn func(error)
}

// ForwardedHeaders are the headers in which proxies tell of their clients.
type ForwardedHeaders int

const (
	// ForwardedOrX is Forwarded, or X-Forwarded-* where a request has none.
	ForwardedOrX = ForwardedHeaders(forwarded.Either)
	// ForwardedOnly is Forwarded alone: RFC 7239.
	ForwardedOnly = ForwardedHeaders(forwarded.Standard)
	// XForwardedOnly is X-Forwarded-For, -Proto and -Host alone.
	XForwardedOnly = ForwardedHeaders(forwarded.X)
)

// AlwaysPublic is a [Config].PublicEndpoint that trusts no caller.
func AlwaysPublic(*Request) bool { return true }
