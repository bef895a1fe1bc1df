// Package contrib adds this project's lifecycle and exclusion rules to otelhttp,
// OpenTelemetry's own middleware for net/http. It is for teams that want to keep otelhttp
// for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	mux := http.NewServeMux()
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: contrib.Middleware(tel)(mux)})
//
// With core, no telemetry is lost in a shutdown or because of invalid UTF-8. With the
// exclusion rules, an excluded request records nothing, not even child spans.
//
// The span and its metrics remain otelhttp's, with these limits: A span has no http.route,
// and no status code after a panic. There is no http.server.active_requests. Package
// nethttpotel has none of these limits. Its Middleware takes the same argument. Put only one
// of the two middlewares around a handler.
package contrib
