//go:build !race

package exclude

const raceDetector = false
