// Package contrib adds this project's lifecycle and exclusion rules to
// otelecho, OpenTelemetry's own middleware for Echo, for teams that want to
// keep it for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	e := echo.New()
//	e.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, echootel.Server(e, ":8080"))
//
// With core and the rules, no telemetry is lost in a shutdown or because of
// invalid UTF-8, and an excluded request records nothing, including child
// spans. The span remains otelecho's: attributes of version 1.20 of the
// conventions, no status code after a panic, no metrics. Package echootel,
// whose Middleware takes the same source, has none of these limits. Do not use
// both on one instance.
package contrib
