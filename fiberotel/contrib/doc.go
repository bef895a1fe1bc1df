// Package contrib puts Fiber's own OpenTelemetry middleware, otelfiber, under
// this project's life cycle and exclusion rules, for teams that want to stay
// with it for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	app := fiber.New()
//	app.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, fiberotel.Server(app, ":8080"))
//
// What core and the rules mend: nothing is lost at the end or to a stray byte,
// and an excluded request leaves nothing, its children included. The span and
// its metrics stay otelfiber's: attributes of the conventions' old version
// 1.12, a name without the method, the query and the user of basic
// authentication as the client sent them, trace context in every response.
// Package fiberotel, whose Middleware takes the same source, mends those too;
// the two do not belong on one app together.
package contrib
