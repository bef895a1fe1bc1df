// Package otlptest receives OTLP over gRPC, keeps what it receives and answers
// questions about it. It takes a collector's place in tests and
// demonstrations: the program under test exports to it over a real socket, and
// nothing reaches inside that program.
//
// # Testing a service
//
// A test of a service needs three things: a receiver, requests, and the end of
// the service, after which everything has arrived or is lost. The service may
// be a program of its own, in any language, that gets [Server.Env]:
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
// A request that carries a traceparent of the test's own making is found again
// by its trace id, also among those of other tests.
//
// # Waiting
//
// [Server.Wait] and its shorthands return as soon as what was received is
// enough; there is nothing to poll and no reason to sleep. That something does
// not arrive, such as a span of a health check, is seen after the end of the
// service, or after something later has arrived.
//
// # Bad days
//
// [Server.SetResponse] makes the server refuse, stall or fail as collectors do:
// [Fail], [BlackHole], [Cut], [Throttle], [RejectPart] and others, for the first
// requests with [First] or for one signal with [OnlyTraces]. [Server.Close] and a
// new server at the same address, by [WithAddr], are a collector's restart.
//
// A server keeps everything until [Server.Reset]; a program that receives for
// a long time calls it, or [Server.Take], from time to time.
//
// The package needs the OTLP protocol and gRPC, and neither an OpenTelemetry
// SDK nor a test library.
package otlptest
