// Package bench measures what an instrumented request costs, side by side: the
// bare framework, ours, the official middleware, and the floor, which is the
// same telemetry asked of the SDK directly, without a framework.
//
// Times on a busy machine are worth little by themselves, so everything that
// is compared is measured in turns, a few milliseconds each, and compared turn
// by turn: what is reported are medians of ratios. Nothing is ever asserted
// of a time; allocations, which do not depend on the machine, are tested.
package bench
