// Package contrib puts OpenTelemetry's own middleware for net/http, otelhttp,
// under this project's life cycle and exclusion rules, for teams that want to
// stay with it for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	mux := http.NewServeMux()
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: contrib.Middleware(tel)(mux)})
//
// What core and the rules mend: nothing is lost at the end or to a stray byte,
// and an excluded request leaves nothing, its children included. The span and
// its metrics stay otelhttp's: no http.route on the span, no status for a
// panic, no http.server.active_requests. Package nethttpotel, whose Middleware
// takes the same source, mends those too; the two do not belong around one
// handler together.
package contrib
