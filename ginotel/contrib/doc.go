// Package contrib adds this project's lifecycle and exclusion rules to otelgin,
// OpenTelemetry's own middleware for Gin. It is for teams that want to keep otelgin for
// now.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	r := gin.New()
//	r.Use(gin.Recovery())
//	r.Use(contrib.Middleware(tel))
//	err = tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: r})
//
// With core, no telemetry is lost in a shutdown or because of invalid UTF-8. With the
// exclusion rules, an excluded request records nothing, not even child spans.
//
// otelgin still records the span and the metrics, with these limits: A span has no status
// code after a panic. The span status of a 4xx response is Error if a handler has called
// c.Error. The metric http.server.active_requests is missing. server.address is the Host
// that the client sent, so clients can invent hosts, and each host is a new time series.
// Package ginotel has none of these limits. Its Middleware takes the same argument, tel.
// Register only one of the two middlewares on an engine.
package contrib
