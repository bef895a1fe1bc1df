//go:build !unix

package bench

import "time"

var processStart = time.Now()

// processorTime returns the time since the start of the process: the system does not
// report processor time as Unix does.
func processorTime() time.Duration { return time.Since(processStart) }
