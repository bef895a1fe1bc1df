//go:build race

package bench

// raceEnabled means that pools drop values at random, so that allocations
// cannot be counted.
const raceEnabled = true
