//go:build !linux

package bench

import (
	"errors"
	"time"
)

var errNoUsage = errors.New("bench: the processor time and memory of another process can be read only on Linux: leave out --part processes")

func processorTimeOf(int) (time.Duration, error) { return 0, errNoUsage }

func residentMemoryOf(int) (uint64, error) { return 0, errNoUsage }
