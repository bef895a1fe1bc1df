// Package contrib adds this project's lifecycle and exclusion rules to
// otelfiber, Fiber's own OpenTelemetry middleware, for teams that want to keep
// it for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	app := fiber.New()
//	app.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, fiberotel.Server(app, ":8080"))
//
// With core and the rules, no telemetry is lost in a shutdown or because of
// invalid UTF-8, and an excluded request records nothing, including child
// spans. The span and its metrics remain otelfiber's: attributes of version
// 1.12 of the conventions, a name without the method, the unredacted query and
// user name of basic authentication, trace context in every response. Package
// fiberotel, whose Middleware takes the same source, has none of these limits.
// Do not use both on one app.
package contrib
