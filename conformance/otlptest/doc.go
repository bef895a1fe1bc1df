// Package otlptest receives OTLP over gRPC, stores it and provides access to it. It
// replaces a collector in tests and demonstrations: the program under test exports over a
// real socket, and is not modified.
//
// # Testing a service
//
// A test of a service starts a receiver, sends requests, and stops the service. After
// that all telemetry has arrived or is lost. The service may be a separate program, in
// any language, started with [Server.Env]:
//
//	collector := otlptest.Start(t)
//	cmd := exec.Command("./orders")
//	cmd.Env = append(os.Environ(), collector.Env()...)
//	...
//	spans, err := collector.WaitTrace(ctx, traceID, 2)
//	if err != nil {
//		t.Fatal(err) // lists the telemetry that was received
//	}
//
// The service may also run inside the test. In that case, the test sets the same variables
// before it sets up the telemetry:
//
//	for _, variable := range collector.Env() {
//		name, value, _ := strings.Cut(variable, "=")
//		t.Setenv(name, value)
//	}
//	tel, err := core.Setup(ctx)
//	...
//	if err := tel.Shutdown(ctx); err != nil { // exports all remaining telemetry
//
// If the test sends its own traceparent with a request, it can find the spans by trace
// id, even among those of other tests.
//
// # Waiting
//
// [Server.Wait] and related methods return as soon as a condition on the received
// telemetry is true, without polling or sleeping. To check that something does not
// arrive, such as a span of a health check, wait for the end of the service or for
// telemetry that is exported later.
//
// # Faults
//
// [Server.SetResponse] makes the server refuse, delay or fail exports as collectors do:
// [Fail], [BlackHole], [Cut], [Throttle], [RejectPart] and others. [First] limits a fault
// to the first requests, and [OnlyTraces] to one signal. To simulate a restart of the
// collector, call [Server.Close] and start a new server at the same address with
// [WithAddr].
//
// A server stores everything until [Server.Reset]. A program that receives telemetry for
// a long time should regularly call Reset or [Server.Take].
//
// The package requires the OTLP protos and gRPC, but neither an OpenTelemetry SDK nor a
// test library.
package otlptest
