// Package otlptest receives OTLP over gRPC, stores it and provides access to
// it. It replaces a collector in tests and demonstrations: the program under
// test exports to it over a real socket, and is not modified.
//
// # Testing a service
//
// A test of a service needs a receiver, requests, and the end of the service,
// after which everything has arrived or is lost. The service may be a separate
// program, in any language, started with [Server.Env]:
//
//	collector := otlptest.Start(t)
//	cmd := exec.Command("./orders")
//	cmd.Env = append(os.Environ(), collector.Env()...)
//	...
//	spans, err := collector.WaitTrace(ctx, traceID, 2)
//	if err != nil {
//		t.Fatal(err) // prints what was received instead
//	}
//
// or run inside the test, which sets the same variables before it sets the
// telemetry up:
//
//	for _, variable := range collector.Env() {
//		name, value, _ := strings.Cut(variable, "=")
//		t.Setenv(name, value)
//	}
//	tel, err := core.Setup(ctx)
//	...
//	if err := tel.Shutdown(ctx); err != nil { // what has ended is here now
//
// If the test sends its own traceparent with a request, it can find the spans
// by trace id, even among those of other tests.
//
// # Waiting
//
// [Server.Wait] and related methods return as soon as a condition on the
// received telemetry is true, without polling or sleeping. To check that
// something does not arrive, such as a span of a health check, wait for the end
// of the service or for something later.
//
// # Faults
//
// [Server.SetResponse] makes the server refuse, delay or fail exports as
// collectors do: [Fail], [BlackHole], [Cut], [Throttle], [RejectPart] and
// others, for the first requests with [First] or for one signal with
// [OnlyTraces]. [Server.Close] and a new server at the same address, by
// [WithAddr], simulate a restart of the collector.
//
// A server stores everything until [Server.Reset]; a program that receives for
// a long time should call it, or [Server.Take], regularly.
//
// The package requires the OTLP protos and gRPC, but neither an OpenTelemetry
// SDK nor a test library.
package otlptest
