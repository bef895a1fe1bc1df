// Package reference is the reference service of CONTRACT.md as handlers of
// net/http, so that judging your own stack takes a page: your framework, your
// instrumentation and your set-up of OpenTelemetry around routes that are written
// already.
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
// With net/http, [Service.Handler] is the whole service. Gin's and net/http's
// services, and the functions that call OpenTelemetry's API for the handlers, are in
// conformance/compare/examples, as tests that pass.
//
// The package requires no OpenTelemetry, so that no version of yours moves: what the
// handlers do by its API, they are given as functions. A function that is nil leaves
// its routes out, and the checks that need them are not applicable.
//
// What handlers of net/http cannot show of a framework, these do not: that handlers
// fail with errors, or that the framework's own context carries the span. Where that
// matters, register a handler of the framework's own for the route, as CONTRACT.md
// says.
package reference
