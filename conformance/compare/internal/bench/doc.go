// Package bench measures what instrumentation adds to the cost of a request. It compares
// the bare framework, our adapter, the official middleware, and the floor: the same
// telemetry recorded with the SDK directly, without a framework. It also measures whole
// services, and where they spend their time.
//
// Times are processor times, including the garbage collector's. They vary on a busy
// machine, so the variants are measured in turns of a few milliseconds, in random order.
// Means are compared: a median would ignore garbage collections, which happen only in
// some turns. No test asserts a time; allocations, which do not depend on the machine,
// are tested.
//
// TRICKS.md lists how much each optimization saves.
package bench
