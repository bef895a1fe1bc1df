// Package bench measures the cost of an instrumented request with the bare
// framework, our adapter, the official middleware, and the floor: the same
// telemetry recorded with the SDK directly, without a framework.
//
// Times are processor times, with the garbage collector's share. They vary on
// a busy machine, so the variants are measured in turns of a few milliseconds
// and compared turn by turn; the medians of the ratios are reported. No test asserts a time; allocations, which do not depend on the
// machine, are tested.
//
// TRICKS.md has what each trick for speed saves.
package bench
