//go:build !race

package exclude

// raceEnabled says whether the race detector is used.
const raceEnabled = false
