//go:build !linux

package bench

import (
	"errors"
	"time"
)

// errOnlyOnLinux is the error of measurements that need Linux.
var errOnlyOnLinux = errors.New("bench: the processor time and memory of another process can be read only on Linux: use --part without processes")

// processorTimeOf returns an error: it is implemented only on Linux.
func processorTimeOf(int) (time.Duration, error) { return 0, errOnlyOnLinux }

// residentMemoryOf returns an error: it is implemented only on Linux.
func residentMemoryOf(int) (uint64, error) { return 0, errOnlyOnLinux }
