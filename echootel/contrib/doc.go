// Package contrib puts OpenTelemetry's own middleware for Echo, otelecho, under
// this project's life cycle and exclusion rules, for teams that want to stay
// with it for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	e := echo.New()
//	e.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, echootel.Server(e, ":8080"))
//
// What core and the rules mend: nothing is lost at the end or to a stray byte,
// and an excluded request leaves nothing, its children included. The span stays
// otelecho's: attributes of the conventions' old version 1.20, no status for a
// panic, no metrics at all. Package echootel, whose Middleware takes the same
// source, mends those too; the two do not belong on one instance together.
package contrib
