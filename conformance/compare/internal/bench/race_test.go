//go:build race

package bench

// raceEnabled is set if the race detector is enabled. The race detector makes sync.Pool
// drop values at random, so that a test cannot count allocations.
const raceEnabled = true
