package watch

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/samespan/samespan/core"
)

// Report is what a service tells about itself at one moment.
type Report struct {
	// Stats is what became of the telemetry so far.
	Stats core.Stats `json:"stats"`
	// Goroutines is their number.
	Goroutines int `json:"goroutines"`
	// Heap is what is in use of it after a collection, in bytes.
	Heap uint64 `json:"heap"`
	// Resident is the process's resident memory once what is free has been
	// given back to the system, in bytes; 0 where the system does not tell.
	Resident uint64 `json:"resident"`
	// Ended says that the service has ended, and Err what was wrong with it or
	// its telemetry.
	Ended bool   `json:"ended"`
	Err   string `json:"err,omitempty"`
}

// newReport looks at the running process.
func newReport(tel *core.Telemetry) Report {
	runtime.GC() // twice: what finalizers free is collected the second time
	debug.FreeOSMemory()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r := Report{Goroutines: runtime.NumGoroutine(), Heap: memory.HeapAlloc, Resident: resident()}
	if tel != nil {
		r.Stats = tel.Stats()
	}
	return r
}

// resident reads the second number of Linux's /proc/self/statm, in pages.
func resident() uint64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
