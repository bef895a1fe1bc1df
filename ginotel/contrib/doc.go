// Package contrib adds this project's lifecycle and exclusion rules to otelgin,
// OpenTelemetry's own middleware for Gin, for teams that want to keep it for
// now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	r := gin.New()
//	r.Use(gin.Recovery())
//	r.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: r})
//
// With core and the rules, no telemetry is lost in a shutdown or because of
// invalid UTF-8, and an excluded request records nothing, including child
// spans. The span and its metrics remain otelgin's: no status code after a
// panic, an error status for a 4xx with a recorded error, no
// http.server.active_requests. server.address is the Host that the client sent;
// clients can invent any number of hosts, each a new time series. Package
// ginotel, whose Middleware takes the same source, has none of these limits. Do
// not use both on one engine.
package contrib
