// Package otlptest receives OTLP over gRPC, keeps what it receives and answers
// questions about it. It takes a collector's place in tests and
// demonstrations: the program under test exports to it over a real socket, and
// nothing reaches inside that program.
//
//	collector := otlptest.Start(t)
//	cmd.Env = append(cmd.Env, collector.Env()...)
//	...
//	spans, err := collector.WaitTrace(ctx, traceID, 2)
//	if err != nil {
//		t.Fatal(err) // prints what was received instead
//	}
//
// [Server.Wait] and its shorthands return as soon as what was received is
// enough; there is nothing to poll and no reason to sleep. [Server.SetResponse]
// makes the server refuse, stall or fail as collectors do: [Fail], [BlackHole],
// [Cut] and others.
//
// A server keeps everything until [Server.Reset]; a program that receives for
// a long time calls it, or [Server.Take], from time to time.
//
// The package needs the OTLP protocol and gRPC, and neither an OpenTelemetry
// SDK nor a test library.
package otlptest
