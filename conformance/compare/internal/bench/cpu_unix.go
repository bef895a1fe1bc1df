//go:build unix

package bench

import (
	"syscall"
	"time"
)

// processorTime returns the processor time of this process until now, in user
// and system mode: with that of the garbage collector, which would otherwise be
// free on an idle core.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the arguments are constants
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
