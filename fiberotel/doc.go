// Package fiberotel makes every request of a Fiber app one correctly parented
// OpenTelemetry server span, with the metrics of the HTTP semantic conventions.
//
//	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
//	...
//	app := fiber.New()
//	app.Use(fiberotel.Middleware(tel))
//	app.Get("/process/:item_id", process)
//	err = tel.Serve(ctx, fiberotel.Server(app, ":8080"))
package fiberotel
