// Package contrib adds this project's lifecycle and exclusion rules to
// otelhttp, OpenTelemetry's own middleware for net/http, for teams that want to
// keep it for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	mux := http.NewServeMux()
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: contrib.Middleware(tel)(mux)})
//
// With core and the rules, no telemetry is lost in a shutdown or because of
// invalid UTF-8, and an excluded request records nothing, including child
// spans. The span and its metrics remain otelhttp's: no http.route on the span,
// no status code after a panic, no http.server.active_requests. Package
// nethttpotel, whose Middleware takes the same source, has none of these
// limits. Do not use both on one handler.
package contrib
