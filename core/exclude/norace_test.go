//go:build !race

package exclude

const raceEnabled = false
