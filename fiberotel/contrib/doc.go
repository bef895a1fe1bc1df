// Package contrib adds this project's lifecycle and exclusion rules to otelfiber, Fiber's
// own OpenTelemetry middleware. It is for teams that want to keep otelfiber for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	app := fiber.New()
//	app.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, fiberotel.Server(app, ":8080"))
//
// With core, no telemetry is lost in a shutdown or because of invalid UTF-8. With the
// exclusion rules, an excluded request records nothing, not even child spans.
//
// The span and its metrics remain otelfiber's, with these limits: They have the attributes
// of version 1.12 of the semantic conventions. The name of a span does not contain the
// method. The query and the user name of basic authentication are recorded without
// redaction. Every response has the trace context. Package fiberotel has none of these
// limits. Its Middleware takes the same argument, tel. Do not use both on one app.
package contrib
