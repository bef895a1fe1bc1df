// Package contrib puts OpenTelemetry's own middleware for Gin, otelgin, under
// this project's life cycle and exclusion rules, for teams that want to stay
// with it for now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	r := gin.New()
//	r.Use(gin.Recovery())
//	r.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: r})
//
// What core and the rules mend: nothing is lost at the end or to a stray byte,
// and an excluded request leaves nothing, its children included. The span and
// its metrics stay otelgin's: one without status for a panic, an error for a
// 4xx with a recorded error, no http.server.active_requests. Their
// server.address is the Host that the client asked for, of which it may make up
// as many as it likes; they are series of the metrics. Package ginotel,
// whose Middleware takes the same source, mends those too; the two do not
// belong on one engine together.
package contrib
