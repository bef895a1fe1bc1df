package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// processorTimeOf returns the processor time of a running process, in user and
// system mode.
func processorTimeOf(pid int) (time.Duration, error) {
	// This computes the clock id of another process as clock_getcpuclockid(3) does.
	const scheduled = 2
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &now); err != nil {
		return 0, fmt.Errorf("bench: read the processor time of process %d: %w", pid, err)
	}
	return time.Duration(now.Nano()), nil
}

// residentMemoryOf returns the resident memory of a running process in bytes.
func residentMemoryOf(pid int) (uint64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, fmt.Errorf("bench: read the memory of process %d: %w", pid, err)
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0, fmt.Errorf("bench: the memory of process %d: got %q, want at least two numbers", pid, data)
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("bench: read the memory of process %d: %w", pid, err)
	}
	return pages * uint64(os.Getpagesize()), nil
}
