//go:build race

package bench

// raceEnabled tells that pools drop what they are given at random, so that
// allocations cannot be counted.
const raceEnabled = true
