//go:build !race

package bench

// raceEnabled is set if the race detector is enabled.
const raceEnabled = false
