package core

import "github.com/samespan/samespan/core/httpserver"

// The options below are for server spans. Each sets the field of
// [httpserver.Config] that has its name. One rule is for all of them: where an
// option is given several times, lists add up, and of anything else the last one
// holds. A list without an element is an error of Setup.

// appendList is an option that adds to a list of [httpserver.Config].
func appendList(option string, elements []string, list func(*httpserver.Config) *[]string) Option {
	return optionFunc(func(c *config) {
		if len(elements) == 0 {
			c.reject(option, "(): want at least one element")
			return
		}
		field := list(&c.http)
		*field = append(*field, elements...)
	})
}

// WithExclude adds rules for the requests that leave no span and no metrics, in
// the syntax of package exclude: "healthz", "=/metrics", "GET /docs/**".
// Default: none. OTEL_GO_EXCLUDED_URLS replaces them.
func WithExclude(rules ...string) Option {
	return appendList("WithExclude", rules, func(h *httpserver.Config) *[]string { return &h.Exclude })
}

// WithCapturedRequestHeaders adds request headers to be recorded on the server
// span, as http.request.header.<name>. Default: none.
// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST replaces them.
func WithCapturedRequestHeaders(names ...string) Option {
	return appendList("WithCapturedRequestHeaders", names, func(h *httpserver.Config) *[]string { return &h.CapturedRequestHeaders })
}

// WithCapturedResponseHeaders adds response headers to be recorded on the
// server span, as http.response.header.<name>. Default: none.
// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE replaces them.
func WithCapturedResponseHeaders(names ...string) Option {
	return appendList("WithCapturedResponseHeaders", names, func(h *httpserver.Config) *[]string { return &h.CapturedResponseHeaders })
}

// WithSanitizedHeaders are the captured headers whose values are replaced by
// REDACTED, each a name or an RE2 expression that must match the whole name.
// Default: Authorization, Proxy-Authorization, Cookie and Set-Cookie, which a
// list replaces. [WithUnsanitizedHeaders] redacts none.
// OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS replaces it.
func WithSanitizedHeaders(names ...string) Option {
	return appendList("WithSanitizedHeaders", names, func(h *httpserver.Config) *[]string { return &h.SanitizedHeaders })
}

// WithUnsanitizedHeaders records the values of all captured headers as they are,
// credentials too. It is an error of Setup beside [WithSanitizedHeaders], and the
// variable of that option replaces both. Default: off.
func WithUnsanitizedHeaders() Option {
	return optionFunc(func(c *config) { c.http.UnsanitizedHeaders = true })
}

// WithSensitiveQueryKeys are the query keys whose values are replaced by
// REDACTED in url.query. Default: those that the HTTP semantic conventions
// name, which a list replaces. [WithUnredactedQuery] redacts none.
func WithSensitiveQueryKeys(keys ...string) Option {
	return appendList("WithSensitiveQueryKeys", keys, func(h *httpserver.Config) *[]string { return &h.SensitiveQueryKeys })
}

// WithUnredactedQuery records url.query as it is, signatures too. It is an error
// of Setup beside [WithSensitiveQueryKeys]. Default: off.
func WithUnredactedQuery() Option {
	return optionFunc(func(c *config) { c.http.UnredactedQuery = true })
}

// WithoutQuery leaves url.query out altogether. Default: recorded, with the
// values of sensitive keys redacted.
func WithoutQuery() Option {
	return optionFunc(func(c *config) { c.http.WithoutQuery = true })
}

// WithKnownMethods are the request methods that are reported as they are; any
// other is reported as _OTHER. Default: those of the HTTP semantic
// conventions, which a list replaces.
// OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS replaces it.
func WithKnownMethods(methods ...string) Option {
	return appendList("WithKnownMethods", methods, func(h *httpserver.Config) *[]string { return &h.KnownMethods })
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
// HTTP semantic conventions call Opt-In. Default: not recorded. The variable of
// [WithBodySizes] replaces it.
func WithActiveRequests() Option {
	return optionFunc(func(c *config) { c.http.ActiveRequests = true })
}

// WithRouteFormat is how http.route and the span's name write a route's
// parameters. Default: as the framework does ([httpserver.RouteNative]).
func WithRouteFormat(format httpserver.RouteFormat) Option {
	return optionFunc(func(c *config) { c.http.RouteFormat = format })
}

// WithPublicEndpoint names the requests of callers who are not trusted: such a
// request is the root of a new trace, which links to the caller's span, and
// the caller's sampling and baggage are ignored. Default: every caller is
// trusted. [httpserver.AlwaysPublic] trusts none.
func WithPublicEndpoint(public func(*httpserver.Request) bool) Option {
	return optionFunc(func(c *config) {
		if public == nil {
			c.reject("WithPublicEndpoint", "(nil): want a function, such as httpserver.AlwaysPublic")
			return
		}
		c.http.PublicEndpoint = public
	})
}

// WithTrustedProxies adds addresses and CIDR ranges of the proxies whose
// Forwarded and X-Forwarded-For, -Proto and -Host headers are believed; "unix"
// is every peer of a Unix-domain socket. Default: none. See
// [WithForwardedHeaders].
func WithTrustedProxies(addresses ...string) Option {
	return appendList("WithTrustedProxies", addresses, func(h *httpserver.Config) *[]string { return &h.TrustedProxies })
}

// WithForwardedHeaders says which headers the trusted proxies write. Default:
// [httpserver.ForwardedOrX], which is what the HTTP semantic conventions name. A
// proxy that writes one kind and passes on the other lets its clients choose
// what is believed: name the kind that it writes.
func WithForwardedHeaders(headers httpserver.ForwardedHeaders) Option {
	return optionFunc(func(c *config) { c.http.ForwardedHeaders = headers })
}
