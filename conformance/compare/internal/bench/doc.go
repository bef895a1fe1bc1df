// Package bench measures the cost of an instrumented request with the bare
// framework, our adapter, the official middleware, and the floor: the same
// telemetry recorded with the SDK directly, without a framework. It measures
// whole services as well, and where they spend their time.
//
// Times are processor times, with the garbage collector's share. They vary on
// a busy machine, so the variants are measured in turns of a few milliseconds,
// in a random order. The means are compared: a median would leave out the
// collections, which fall into some turns. No test asserts a time; allocations,
// which do not depend on the machine, are tested.
//
// TRICKS.md has what each trick for speed saves.
package bench
