package comparison

// gap is a known limitation of this project that the matrix does not show.
type gap struct {
	// about is where it occurs and what is what happens, both as Markdown.
	about, what string
	// proof names the test that shows it, or the file, relative to the
	// repository, that documents it.
	proof string
}

// gaps are the known limitations.
var gaps = []gap{
	{
		"Fiber v2 and v3",
		"What fasthttp cannot read it refuses with 400, 413 or 431. Fiber v2 runs no middleware then; Fiber v3 does, but there is no request to tell of. Neither leaves a span.",
		"TestMalformed",
	},
	{
		"Fiber v2 and v3",
		"The body of a stream whose length nobody declares has no size on the span, and none is measured.",
		"TestResponseSize",
	},
	{
		"Fiber v2 and v3",
		"A middleware outside that calls fasthttp's `TimeoutError` after the handlers makes fasthttp abandon the request without a word: its span is lost. Inside, it is seen.",
		"TestAbandoned",
	},
	{
		"Fiber v2 and v3",
		"fasthttp does not tell when a client leaves, so no span says so, and no context ends for it.",
		"fiberotel/doc.go",
	},
	{
		"Fiber v2",
		"`fiberotel.Server` gives fasthttp connections of its own type. fasthttp v1.51, the version that the adapter requires, sets keep-alive on `*net.TCPConn` alone, so that a `TCPKeepalivePeriod` of your own has no effect, and the listener's stays; v1.69 sets it.",
		"fiberotel/server.go",
	},
	{
		"Fiber v2 and v3",
		"Prefork is not supported: each of its processes would need telemetry of its own.",
		"fiberotel/server.go",
	},
	{
		"net/http",
		"A middleware between ours and the mux that passes on a copy of the request hides the route, since `http.ServeMux` writes it into the request that it was given. Put it outside, or name the route by `WithRoute`.",
		"TestACopyInBetweenHidesTheRoute",
	},
	{
		"Gin",
		"Gin's own redirects (`RedirectTrailingSlash`, `RedirectFixedPath`) run no middleware and leave no span, unless `nethttpotel` stands around the engine.",
		"TestCoverage",
	},
	{
		"chi, gorilla/mux",
		"They have no adapters of their own: `nethttpotel` is a middleware of the router, or stands around it, with `WithRoute`. The suite passes there but for `transparent/multipart`, which both fail without any instrumentation too. What a mounted chi router answers with 404 or 405 has its prefix for a route, `/api/*`.",
		"TestConformanceOfAnotherRouter",
	},
	{
		"every service",
		"A batch whose confirmation gets lost is sent again, as OTLP asks for, and arrives twice. The service counts it once.",
		"TestLedger",
	},
	{
		"a configuration file",
		"One batch processor for traces, one for logs and one periodic reader of metrics, exporting by OTLP or to the console, is what `OTEL_CONFIG_FILE` may ask for. More is an error of `Setup`, not ignored.",
		"core/configfile/doc.go",
	},
	{
		"Echo v5, Fiber v3",
		"No official middleware for them is among the subjects or in the benchmark.",
		"conformance/compare/internal/subject/official.go",
	},
	{
		"the contrib adapters",
		"`otelgin+core` fails one check that `otelgin` passes: it gives the middleware no server name, so that `server.address` is the host that the client asked for, which is right on the span and too much on a metric.",
		"TestComparisonIsCurrent",
	},
}
