//go:build race

package bench

// raceEnabled is set if the race detector is enabled. Pools then drop values at random,
// so that allocations cannot be counted.
const raceEnabled = true
