package comparison

// gap is a known limitation of this project that the matrix does not show.
type gap struct {
	// where names what the limitation affects, such as "Fiber v2 and v3". description
	// describes the limitation. Both are Markdown.
	where, description string
	// proof is the name of a test that demonstrates the limitation, or the path, relative
	// to the repository, of a file that documents it.
	proof string
}

// gaps are the known limitations.
var gaps = []gap{
	{
		"Fiber v2 and v3",
		"fasthttp answers requests that it cannot parse with 400, 413 or 431. Such a request has no span. Fiber v2 runs no middleware for it. Fiber v3 runs the middlewares, but they do not see a request that could be recorded.",
		"TestMalformedRequestsRecordNothing",
	},
	{
		"Fiber v2 and v3",
		"A streamed response without a declared length has no body size, neither on the span nor in the metrics.",
		"TestResponseSize",
	},
	{
		"Fiber v2 and v3",
		"If a middleware outside ours calls fasthttp's `TimeoutError` after the handlers, fasthttp abandons the request without notice, and its span is lost. Register such a middleware inside ours.",
		"TestAbandonedRequestLosesSpan",
	},
	{
		"Fiber v2 and v3",
		"fasthttp does not report that a client disconnected, so contexts are not canceled. A span shows the disconnect only if writing the response failed.",
		"fiberotel/doc.go",
	},
	{
		"Fiber v2",
		"`fiberotel.Server` passes connections of its own type to fasthttp. fasthttp v1.51, the minimum version, sets the TCP keep-alive only on a `*net.TCPConn`. Therefore, `TCPKeepalivePeriod` has no effect with v1.51: the listener's value is used. With v1.69, it works.",
		"fiberotel/server.go",
	},
	{
		"Fiber v2 and v3",
		"Prefork is not supported, since each of its processes would need its own telemetry.",
		"fiberotel/server.go",
	},
	{
		"net/http",
		"`http.ServeMux` writes the route into the request that it receives. If a middleware between ours and the mux passes on a copy of the request, ours does not see the route. Register that middleware outside ours, or use `WithRoute`.",
		"TestRequestCopyHidesRoute",
	},
	{
		"Gin",
		"Gin's own redirects (`RedirectTrailingSlash`, `RedirectFixedPath`) run no middleware and record no span, unless `nethttpotel` wraps the engine.",
		"TestRequestsThatRunMiddleware",
	},
	{
		"chi, gorilla/mux",
		"There are no adapters for these routers. Register `nethttpotel` with `WithRoute` as a middleware of the router, or wrap the router in it. If a mounted chi router answers 404 or 405, the route is its prefix, `/api/*`.",
		"TestConformanceOfChi",
	},
	{
		"every service",
		"If the collector's response to an export is lost, the batch is sent again, as OTLP specifies, and arrives twice. The service counts it once.",
		"TestLedgerDetectsEveryError",
	},
	{
		"a configuration file",
		"The file that `OTEL_CONFIG_FILE` names may configure one batch processor for traces, one for logs and one periodic metric reader. Each may export by OTLP or to the console. For anything else, `Setup` returns an error.",
		"core/configfile/doc.go",
	},
	{
		"Echo v5, Fiber v3",
		"There are official middlewares for these versions. The comparison and the benchmarks do not include them.",
		"conformance/compare/internal/subject/official.go",
	},
	{
		"the contrib adapters",
		"`otelgin+core` fails `metric/cardinality`, which `otelgin` passes. `otelgin+core` passes no server name to the middleware, so `server.address` is the requested host. That is correct on the span, but a client can create metric series with it.",
		"TestComparisonIsCurrent",
	},
}
