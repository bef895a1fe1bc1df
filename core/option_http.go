package core

import "github.com/samespan/samespan/core/httpserver"

// The options below are for server spans. Each sets the field of
// [httpserver.Config] with the same name. See [Option] for options that are given several
// times. An empty list makes Setup return an error.

// httpListOption returns the option with the given name, which appends elements to a list of
// [httpserver.Config]. field returns the field with the list.
func httpListOption(name string, elements []string, field func(*httpserver.Config) *[]string) Option {
	return optionFunc(func(c *config) {
		if len(elements) == 0 {
			c.reject(name, "(): want at least one element")
			return
		}
		list := field(&c.http)
		*list = append(*list, elements...)
	})
}

// WithExclude adds exclusion rules: a request that matches one records no span and no
// metrics. The syntax is that of package exclude: "healthz", "=/metrics", "GET /docs/**".
// Default: none. OTEL_GO_EXCLUDED_URLS replaces the rules.
func WithExclude(rules ...string) Option {
	return httpListOption("WithExclude", rules, func(h *httpserver.Config) *[]string { return &h.Exclude })
}

// WithExcludeFunc excludes requests by criteria that rules cannot express. If the
// function returns true, neither the request nor anything done in its context records
// spans or metrics. The function is called for each request that no rule excludes, so it
// should be cheap. It decides by what the client sends, so a client that knows the
// criteria can evade telemetry. If the function panics, the panic is reported once and
// the request is not excluded. For the argument of the function, see
// [httpserver.Config].ExcludeFunc. Default: none. No variable replaces the function; the
// variables for rules replace only the rules.
func WithExcludeFunc(exclude func(*httpserver.Request) bool) Option {
	return optionFunc(func(c *config) {
		if exclude == nil {
			c.reject("WithExcludeFunc", "(nil): want a function that reports whether a request is excluded")
			return
		}
		c.http.ExcludeFunc = exclude
	})
}

// WithCapturedRequestHeaders adds names of request headers to record on the
// server span, as http.request.header.<name>. Default: none.
// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST replaces them.
func WithCapturedRequestHeaders(names ...string) Option {
	return httpListOption("WithCapturedRequestHeaders", names, func(h *httpserver.Config) *[]string { return &h.CapturedRequestHeaders })
}

// WithCapturedResponseHeaders adds names of response headers to record on the
// server span, as http.response.header.<name>. Default: none.
// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE replaces them.
func WithCapturedResponseHeaders(names ...string) Option {
	return httpListOption("WithCapturedResponseHeaders", names, func(h *httpserver.Config) *[]string { return &h.CapturedResponseHeaders })
}

// WithSanitizedHeaders sets the captured headers whose values are replaced by REDACTED.
// Each is a name, or an RE2 expression that must match the whole name. Default:
// Authorization, Proxy-Authorization, Cookie and Set-Cookie; a given list replaces the
// default. To redact no headers, use [WithUnsanitizedHeaders].
// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS replaces it.
func WithSanitizedHeaders(names ...string) Option {
	return httpListOption("WithSanitizedHeaders", names, func(h *httpserver.Config) *[]string { return &h.SanitizedHeaders })
}

// WithUnsanitizedHeaders records the values of all captured headers unchanged,
// including credentials. Together with [WithSanitizedHeaders] it makes Setup
// return an error. OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS
// replaces both options. Default: off.
func WithUnsanitizedHeaders() Option {
	return optionFunc(func(c *config) { c.http.UnsanitizedHeaders = true })
}

// WithSensitiveQueryKeys sets the query keys whose values are replaced by REDACTED in
// url.query. Default: the keys that the HTTP semantic conventions name; a given list
// replaces the default. To redact no keys, use [WithUnredactedQuery].
func WithSensitiveQueryKeys(keys ...string) Option {
	return httpListOption("WithSensitiveQueryKeys", keys, func(h *httpserver.Config) *[]string { return &h.SensitiveQueryKeys })
}

// WithUnredactedQuery records url.query unchanged, including signatures.
// Together with [WithSensitiveQueryKeys] it makes Setup return an error.
// Default: off.
func WithUnredactedQuery() Option {
	return optionFunc(func(c *config) { c.http.UnredactedQuery = true })
}

// WithoutQuery omits url.query. Default: url.query is recorded, with the values of
// sensitive keys redacted.
func WithoutQuery() Option {
	return optionFunc(func(c *config) { c.http.WithoutQuery = true })
}

// WithKnownMethods sets the request methods that are reported by name. Any other method
// is reported as _OTHER. Default: the methods of the HTTP semantic conventions; a given
// list replaces the default. OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS replaces it.
func WithKnownMethods(methods ...string) Option {
	return httpListOption("WithKnownMethods", methods, func(h *httpserver.Config) *[]string { return &h.KnownMethods })
}

// WithBodySizes records the sizes of bodies, which the HTTP semantic conventions
// call Opt-In: http.request.body.size and http.response.body.size of server
// spans, and the metrics http.server.request.body.size and
// http.server.response.body.size. Default: not recorded.
// OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY, true or false,
// replaces this option and [WithActiveRequests].
func WithBodySizes() Option {
	return optionFunc(func(c *config) { c.http.BodySizes = true })
}

// WithActiveRequests records the metric http.server.active_requests, which the
// HTTP semantic conventions call Opt-In. Default: not recorded. The environment
// variable that replaces [WithBodySizes] replaces this option too.
func WithActiveRequests() Option {
	return optionFunc(func(c *config) { c.http.ActiveRequests = true })
}

// WithRouteFormat sets how route parameters are written in http.route and the span name.
// Default: in the framework's syntax ([httpserver.RouteNative]).
func WithRouteFormat(format httpserver.RouteFormat) Option {
	return optionFunc(func(c *config) { c.http.RouteFormat = format })
}

// WithPublicEndpoint sets a function that reports whether a request comes from
// an untrusted caller. Such a request starts a new trace that links to the
// caller's span, and the caller's sampling decision and baggage are ignored
// ([WithPublicBaggage] keeps the baggage). Default: every caller is trusted.
// [httpserver.AlwaysPublic] trusts none.
func WithPublicEndpoint(isPublic func(*httpserver.Request) bool) Option {
	return optionFunc(func(c *config) {
		if isPublic == nil {
			c.reject("WithPublicEndpoint", "(nil): want a function, such as httpserver.AlwaysPublic")
			return
		}
		c.http.PublicEndpoint = isPublic
	})
}

// WithPublicBaggage keeps the baggage of callers that [WithPublicEndpoint] does not
// trust. An untrusted caller can send any baggage, and the baggage is passed on to all
// services that are called. Neither this service nor a called service may base decisions
// on it. Default: the baggage is dropped. If the option is given without
// [WithPublicEndpoint], Setup returns an error.
func WithPublicBaggage() Option {
	return optionFunc(func(c *config) { c.http.PublicBaggage = true })
}

// WithResponseTraceContext adds the response header traceresponse of the W3C Trace
// Context draft: 00-<trace-id>-<child-id>-<flags>. The child is the server span. With
// this header, a client can name the trace in a bug report. Responses to excluded
// requests do not have the header. Default: no header, because it tells any client which
// requests are sampled. See [httpserver.Config].ResponseTraceContext.
func WithResponseTraceContext() Option {
	return optionFunc(func(c *config) { c.http.ResponseTraceContext = true })
}

// WithTrustedProxies adds addresses and CIDR ranges of proxies whose Forwarded
// and X-Forwarded-For, -Proto and -Host headers are trusted; "unix" stands for
// every peer of a Unix-domain socket. Default: none. See
// [WithForwardedHeaders].
func WithTrustedProxies(addresses ...string) Option {
	return httpListOption("WithTrustedProxies", addresses, func(h *httpserver.Config) *[]string { return &h.TrustedProxies })
}

// WithForwardedHeaders sets which headers the trusted proxies write. Default:
// [httpserver.ForwardedOrX], the headers that the HTTP semantic conventions name. If a
// proxy writes one kind of header and passes on the other, clients can forge addresses:
// set the kind that the proxy writes.
func WithForwardedHeaders(headers httpserver.ForwardedHeaders) Option {
	return optionFunc(func(c *config) { c.http.ForwardedHeaders = headers })
}
