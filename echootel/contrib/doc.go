// Package contrib adds this project's lifecycle and exclusion rules to otelecho,
// OpenTelemetry's own middleware for Echo. It is for teams that want to keep otelecho for
// now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	e := echo.New()
//	e.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, echootel.Server(e, ":8080"))
//
// With core, no telemetry is lost in a shutdown or because of invalid UTF-8. With the
// exclusion rules, an excluded request records nothing, not even child spans.
//
// otelecho still records the span, with these limits: The span has no status code after a
// panic. Up to otelecho v0.62, it has the attributes of version 1.20 of the semantic
// conventions, and there are no metrics. From v0.63 on, there are metrics, and each Host
// that clients send makes a series. Package echootel has none of these limits. Its
// Middleware takes the same argument, tel. Register only one of the two middlewares on an
// Echo instance.
package contrib
