// Package reference is the reference service of CONTRACT.md as net/http handlers. To test
// your own stack with the suite, you write about a page of code: your framework, your
// instrumentation and your OpenTelemetry setup around these routes.
//
//	service, err := reference.New(reference.Telemetry{Span: span, Processed: processed})
//	...
//	r := gin.New()
//	r.Use(gin.Recovery(), otelgin.Middleware("orders"))
//	for _, route := range service.Routes() {
//		r.Handle(route.Method, route.Path(reference.GinTemplate), gin.WrapH(route.Handler))
//	}
//	err = reference.Serve(ctx, addr, r, ready)
//
// With net/http, [Service.Handler] is the whole service. conformance/compare/examples has
// complete examples, including the functions of a [Telemetry].
//
// The package does not require OpenTelemetry, so it does not affect your versions: the
// handlers call OpenTelemetry's API through functions that you pass. If an optional
// function is nil, the routes that call it do not exist or respond with 501, and the checks
// that need these routes are not applicable.
//
// Handlers of net/http cannot exercise some features of a framework: handlers that return
// errors, or a framework's own context that carries the span. To check those, register
// the framework's own handlers for these routes, as CONTRACT.md says.
package reference
